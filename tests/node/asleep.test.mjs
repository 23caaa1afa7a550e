// A backend that sleeps: its machine is there, but it answers nothing, and after a while it takes no
// connections either. The other one of its pool goes on.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';

import {
	atEnd, configOf, form, photo, post, startMock, startNode, startProxy, tasks, test,
} from './rig.mjs';

const names = ['awake', 'sleeper'];

// Nobody waits for the sleeper for long; the other may be slow under a sanitizer.
function pool({ awake, sleeper }) {
	const config = { connectTimeout: 0.5, timeout: 1 };
	const backends = { awake, sleeper: { ...sleeper, config } };

	return configOf(backends, { taskRouting: { clip: names } });
}

async function assertAnswered(proxy, atOnce) {
	await Promise.all(Array.from({ length: atOnce }, async () => {
		const { status, body } = await post(proxy, form(tasks.visual, photo));

		assert.equal(status, 200, body);
	}));
}

// Its machine lets two connections wait; whoever comes then gets no answer at all.
test('a sleeping backend whose queue is full', async t => {
	const [awake, sleeper] = await Promise.all([startMock(t, 'awake'), startNode(t, 1)]);
	const proxy = await startProxy(t, pool({ awake, sleeper }));
	const { hostname, port } = new URL(sleeper.url);

	await proxy.matches('err', /event=health backend=sleeper status=healthy /g);
	await sleeper.fallAsleep();
	for (let i = 0; i < 2; i++) {
		const socket = connect(port, hostname);

		atEnd(t, () => socket.destroy());
		await once(socket, 'connect');
	}
	await assertAnswered(proxy, 16);
	const [[, why]] = await proxy.matches('err', /event=failover .*why="([^"]*)"/g);
	assert.match(why, /no connection within 500 ms/);
});
