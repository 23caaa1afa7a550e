// A backend that sleeps: its machine is there, but it answers nothing, and after a while it takes no
// connections either. The other one of its pool goes on, and it is used again when it has woken up.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';

import {
	atEnd, configOf, countMoves, form, get, photo, post, received, startMock, startNode, startProxy,
	tasks, test, until,
} from './rig.mjs';

const names = ['awake', 'sleeper'];

// Nobody waits for the sleeper for long; the other may be slow under a sanitizer.
function pool({ awake, sleeper }) {
	const config = { connectTimeout: 0.5, timeout: 1 };
	const backends = { awake, sleeper: { ...sleeper, config } };

	return configOf(backends, {
		health: { interval: 0.2, timeout: 0.5 },
		taskRouting: { clip: names },
	});
}

async function states(proxy) {
	return JSON.parse((await get(proxy, '/api/health')).body);
}


async function assertAnswered(proxy, atOnce) {
	await Promise.all(Array.from({ length: atOnce }, async () => {
		const { status, body } = await post(proxy, form(tasks.visual, photo));

		assert.equal(status, 200, body);
	}));
}

test('requests that a sleeping backend had go to the other, and it is used again', async t => {
	const [awake, sleeper] = await Promise.all(names.map(name => startMock(t, name)));
	const proxy = await startProxy(t, pool({ awake, sleeper }));

	await assertAnswered(proxy, 16); // there are connections to both
	assert.equal((await states(proxy)).sleeper.status, 'healthy');
	await sleeper.fallAsleep();
	await assertAnswered(proxy, 32);
	await until(async () => (await states(proxy)).sleeper.status === 'unhealthy');
	const moved = countMoves(proxy);
	for (let i = 0; i < 8; i++)
		await assertAnswered(proxy, 1);
	assert.equal(countMoves(proxy), moved, 'nobody waits for it any more');
	sleeper.wakeUp();
	await until(async () => (await states(proxy)).sleeper.status === 'healthy');
	await received(sleeper);
	await assertAnswered(proxy, 8);
	assert.ok((await received(sleeper)).length > 0);
});

// Its machine lets two connections wait; whoever comes then gets no answer at all.
test('a sleeping backend whose queue is full', async t => {
	const [awake, sleeper] = await Promise.all([startMock(t, 'awake'), startNode(t, 1)]);
	const { hostname, port } = new URL(sleeper.url);

	await sleeper.fallAsleep();
	for (let i = 0; i < 2; i++) {
		const socket = connect(port, hostname);

		atEnd(t, () => socket.destroy());
		await once(socket, 'connect');
	}
	const proxy = await startProxy(t, pool({ awake, sleeper }));
	await assertAnswered(proxy, 16);
	await until(async () => (await states(proxy)).sleeper.status === 'unhealthy');
	assert.match((await states(proxy)).sleeper.error, /connection/i);
});
