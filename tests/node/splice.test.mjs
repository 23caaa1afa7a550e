// Uploads that pass within the kernel: every byte arrives, and whoever leaves, dies or stalls is
// dealt with as on any other way.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import {
	configOf, get, isSanitized, photo, post, spliced, startHttp, startMock, startProxy, tasks, test,
	until, watchMemory, written,
} from './rig.mjs';

const MIB = 1 << 20;
const SIZE = 4 * MIB;
const AT_ONCE = 32;
const FLAT_BYTES = 24 * MIB;

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

// A backend that answers with the digest of the body it got; `between` may hold it up.
async function startDigesting(t) {
	const digesting = { begun: 0, left: 0, between: () => {} };
	const backend = await startHttp(t, async (request, response) => {
		const hash = createHash('sha256');

		digesting.begun++;
		try {
			for await (const piece of request) {
				hash.update(piece);
				await digesting.between(request);
			}
		} catch {
			digesting.left++;
			return;
		}
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ body: hash.digest('hex') }));
	});

	return Object.assign(digesting, { url: backend.url });
}

// Each with bytes of its own behind the picture.
function request(i) {
	const bytes = Buffer.alloc(SIZE, `upload ${i}, `);

	photo.copy(bytes);
	return written(tasks.visual, bytes);
}

async function assertArrives(proxy, { body, headers }) {
	const answer = await post(proxy, body, { headers });

	assert.equal(answer.status, 200, answer.body);
	assert.equal(JSON.parse(answer.body).body, sha256(body));
}

test('many at once arrive as they were, spliced or not', async t => {
	const backend = await startDigesting(t);
	const proxy = await startProxy(t, configOf({ backend }));
	const whole = await startProxy(t, configOf({ backend }, { inspect: 'whole' }));
	const requests = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => request(i)));

	for (const server of [proxy, proxy, whole]) // the second time on connections that were kept
		await Promise.all(requests.map(one => assertArrives(server, one)));
	assert.ok(await spliced(proxy) > AT_ONCE * SIZE, 'they were spliced');
	assert.equal(await spliced(whole), 0);
});

test('clients that leave in the middle', async t => {
	const backend = await startDigesting(t);
	const proxy = await startProxy(t, configOf({ backend }));
	const { body, headers } = await request(0);
	const control = new AbortController();

	backend.between = () => get(proxy, '/'); // slowly: who leaves is seen behind what he has sent
	const asked = Array.from({ length: AT_ONCE },
		() => assert.rejects(post(proxy, body, { headers, signal: control.signal }), /abort/));
	await until(() => backend.begun === AT_ONCE);
	control.abort();
	await Promise.all(asked);
	await proxy.matches('err', /event=exchange .*complete=no/g, AT_ONCE);
	backend.between = () => {};
	await assertArrives(proxy, await request(1));
});

test('a backend that breaks off in the middle', async t => {
	const backend = await startDigesting(t);
	const proxy = await startProxy(t, configOf({ backend }));
	const { body, headers } = await request(0);

	backend.between = ({ socket }) => socket.destroy();
	const answers = await Promise.allSettled(
		Array.from({ length: AT_ONCE }, () => post(proxy, body, { headers })));
	for (const { value, reason } of answers) // fetch may not look at an answer that comes early
		assert.ok(value ? value.status === 502 : reason, value?.body);
	await proxy.matches('err', /event=exchange .*status=502/g, AT_ONCE);
	backend.between = () => {};
	await assertArrives(proxy, await request(1));
});

// It takes no byte of them any more when it goes.
for (const inspect of ['front', 'whole'])
	test(`a backend that is killed and started again, "inspect": "${inspect}"`, async t => {
		const start = (name, listen) => startMock(t, name, { listen, args: ['--no-decode'] });
		const [direct, backend] = await Promise.all([start('direct'), start('b1', '127.0.0.2:0')]);
		const proxy = await startProxy(t, configOf({ backend }, { inspect }));
		const requests = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => request(i)));
		const ask = (server, { body, headers }) => post(server, body, { headers });
		const askAll = () => requests.map(one => ask(proxy, one));
		const inHand = new RegExp(`^mlproxy_backend_requests_in_flight{.*} ${AT_ONCE}$`, 'm');

		await backend.fallAsleep();
		const asked = Promise.allSettled(askAll());
		await until(async () => inHand.test((await get(proxy, '/metrics')).body));
		await backend.kill();
		for (const { value, reason } of await asked)
			assert.ok(value ? value.status >= 502 : reason, value?.body);
		await start('b1', backend.address);
		await until(async () => (await ask(proxy, requests[0])).status === 200);
		const answers = await Promise.all(askAll());
		for (const [i, one] of requests.entries())
			assert.deepEqual(answers[i], await ask(direct, one));
		assert.ok(answers.every(({ status }) => status === 200));
		assert.equal(await spliced(proxy) > 0, inspect === 'front');
	});

test('backends that stall hold up their clients, not memory', async t => {
	const backend = await startDigesting(t);
	const proxy = await startProxy(t, configOf({ backend }));
	const memory = watchMemory(t, proxy);
	const requests = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => request(i)));
	let wake;
	const woken = new Promise(resolve => (wake = resolve));

	backend.between = () => woken;
	const all = Promise.all(requests.map(one => assertArrives(proxy, one)));
	await until(() => backend.begun === AT_ONCE);
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	wake();
	await all;
	assert.ok(isSanitized || memory.max <= FLAT_BYTES, `${memory.max} bytes of memory`);
});
