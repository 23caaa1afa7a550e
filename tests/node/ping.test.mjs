// What Immich asks before it sends anything: GET /ping, given up after 2 s, from two of its
// processes at the same time; and what people look at, /api/health.

import assert from 'node:assert/strict';

import {
	answerOf, configOf, form, get, isSanitized, photo, post, startMock, startProxy, tasks, test,
	until,
} from './rig.mjs';

const IMMICH_MS = isSanitized ? 20_000 : 2000; // sanitizers may take longer
const names = ['one', 'two', 'spare'];
const routes = { taskRouting: { clip: ['two', 'spare'] } };

async function startThree(t, more) {
	const [one, two, spare] = await Promise.all(names.map(name => startMock(t, name)));
	const proxy = await startProxy(t, configOf({ one, two, spare }, { ...routes, ...more }));

	return { one, two, spare, proxy };
}

function ping(proxy, headers = {}) {
	return fetch(`${proxy.url}/ping`, { headers, signal: AbortSignal.timeout(IMMICH_MS) });
}

// From two clients at once; the answer that both got, or none while it is changing.
async function pings(proxy) {
	const [first, second] = await Promise.all(
		[ping(proxy), ping(proxy)].map(async answered => answerOf(await answered)));

	return first.status === second.status ? first : {};
}

async function pingJson(proxy) {
	const { status, body } = await answerOf(await ping(proxy, { accept: 'application/json' }));

	return { status, ...JSON.parse(body) };
}

async function health(proxy) {
	return JSON.parse((await get(proxy, '/api/health')).body);
}

function assertIsMissing({ status, body }, name) {
	assert.equal(status, 503);
	assert.match(JSON.parse(body).detail, new RegExp(`'${name}'`));
}

test('all is well', async t => {
	const { one, two, spare, proxy } = await startThree(t);
	const { body } = await pings(proxy);
	const states = await health(proxy);

	assert.equal(body, 'pong');
	assert.deepEqual(await pingJson(proxy), {
		status: 200,
		backends: [one, two, spare].map(({ url }) => ({ url, status: 'healthy' })),
		allHealthy: true,
	});
	assert.deepEqual(Object.keys(states), names);
	for (const { status, lastCheck, error, inFlight, since, consecutiveFailures } of
		Object.values(states)) {
		assert.deepEqual([status, error, inFlight, consecutiveFailures], ['healthy', '', 0, 0]);
		assert.ok(Math.abs(lastCheck - Date.now() / 1000) < 60);
		assert.ok(since <= lastCheck);
	}
});

test('a backend that is missed by no route is none of Immich\'s business', async t => {
	const { two, proxy } = await startThree(t);

	await two.kill();
	await until(async () => (await pingJson(proxy)).allHealthy === false);
	assert.equal((await pings(proxy)).body, 'pong');
	const { two: { status, error, consecutiveFailures } } = await health(proxy);
	assert.equal(status, 'unhealthy');
	assert.match(error, /cannot connect|closed|broke/); // as it has met it
	assert.ok(consecutiveFailures > 0);
});

// Whoever asks for the state of one that sleeps waits for it, but less long than Immich does.
const naps = [['the default backend', ['one']], ['a whole pool', ['two', 'spare']]];

for (const [what, sleepers] of naps)
	test(`${what} sleeps`, async t => {
		const all = await startThree(t);

		assert.equal((await pings(all.proxy)).body, 'pong');
		for (const name of sleepers)
			await all[name].fallAsleep();
		await until(async () => (await pings(all.proxy)).status === 503);
		assertIsMissing(await pings(all.proxy), sleepers[0]);
		assert.equal((await pingJson(all.proxy)).status, 503);
		for (const name of sleepers)
			all[name].wakeUp();
		await until(async () => (await pings(all.proxy)).status === 200);
		await until(async () => (await pingJson(all.proxy)).allHealthy);
	});

// Nobody has asked: it is the request that found out.
test('what a request has found out is known at once', async t => {
	const { one, proxy } = await startThree(t, { health: { interval: 3600 } });
	const { address } = one;

	assert.equal((await pings(proxy)).body, 'pong');
	await one.kill();
	assert.equal((await post(proxy, form(tasks.faces, photo))).status, 502);
	assertIsMissing(await pings(proxy), 'one');
	await startMock(t, 'one', { listen: address });
	assert.equal((await post(proxy, form(tasks.faces, photo))).status, 200);
	assert.equal((await pings(proxy)).body, 'pong');
});

test('many who ask at once are one question to each backend', async t => {
	const { one, proxy } = await startThree(t, { health: { interval: 3600 } });
	const asked = async () => JSON.parse((await get(one, '/__mock/requests')).body).count;

	await pings(proxy);
	const before = await asked();
	await Promise.all(Array.from({ length: 100 }, () => pings(proxy)));
	const more = await asked() - before;
	assert.ok(more < 50, `${more} questions`);
});
