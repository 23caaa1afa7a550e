// The service closes a connection that has rested for 2 s. The requests here go out just then, in
// real time, so that many meet a connection that is being closed. None may be lost or come twice.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { atEnd, configOf, form, photo, post, startProxy, tasks, test } from './rig.mjs';

const KEEP_ALIVE_MS = 2000;
const CLOSE_MS = 1;
const ROUNDS = 3;
const LINES = 48;

async function startService(t, workerData) {
	const worker = new Worker(new URL('service.mjs', import.meta.url), { workerData });
	const service = { digests: [], connections: 0 };

	atEnd(t, () => worker.terminate());
	const [{ port }] = await once(worker, 'message');
	worker.on('message', ({ body, connections }) => {
		service.connections = connections;
		service.digests.push(body);
	});
	return Object.assign(service, { url: `http://127.0.0.1:${port}` });
}

test('requests that go out when the service closes its connections', async t => {
	const service = await startService(t,
		{ keepAliveMs: KEEP_ALIVE_MS, closeMs: CLOSE_MS, together: LINES });
	const proxy = await startProxy(t, configOf({ service }), 1);
	const large = Buffer.concat([photo, Buffer.alloc(1 << 20)]);
	const answers = [];

	await Promise.all(Array.from({ length: LINES }, async (_, line) => {
		for (let round = 0; round < ROUNDS; round++) {
			const { status, body } = await post(proxy, form(tasks.visual, line % 4 ? photo : large));

			assert.equal(status, 200, body);
			answers.push(JSON.parse(body).body);
			await pause(KEEP_ALIVE_MS + line % 12 - 6);
		}
	}));
	t.diagnostic(`${answers.length} requests over ${service.connections} connections`);
	assert.deepEqual(answers.sort(), service.digests.sort());
	assert.equal(new Set(answers).size, ROUNDS * LINES, 'each has a boundary of its own');
});
