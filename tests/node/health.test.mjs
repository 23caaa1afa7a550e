// Health as whoever runs mlproxy sees it: pings in the background, /ping, /api/health and the log,
// with several workers, while a backend goes and comes back.

import assert from 'node:assert/strict';

import { configOf, form, get, post, startMock, startProxy, tasks, test, until } from './rig.mjs';

const config = backends => configOf(backends, {
	taskRouting: { clip: Object.keys(backends) },
	health: { interval: 0.2 },
});

async function healthOf(proxy) {
	return JSON.parse((await get(proxy, '/api/health')).body);
}

test('a backend that goes and comes back', async t => {
	const [stays, goes] = await Promise.all([startMock(t, 'stays'), startMock(t, 'goes')]);
	const proxy = await startProxy(t, config({ stays, goes }));
	const said = (name, status) =>
		proxy.matches('err', new RegExp(`event=health backend=${name} status=${status} `, 'g'));

	await Promise.all([said('stays', 'healthy'), said('goes', 'healthy')]);
	await goes.kill();
	await said('goes', 'unhealthy');

	const { stays: good, goes: bad } = await healthOf(proxy);
	assert.deepEqual([good.status, good.error, good.url], ['healthy', '', stays.url]);
	assert.equal(bad.status, 'unhealthy');
	assert.match(bad.error, /cannot connect|closed|broke/); // as the ping has met it
	assert.ok(bad.consecutiveFailures >= 1);
	assert.ok(Math.abs(bad.lastCheck - Date.now() / 1000) < 120);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
	for (let i = 0; i < 4; i++)
		assert.equal((await post(proxy, form(tasks.textual, 'a dog'))).status, 200);
	assert.equal((await healthOf(proxy)).goes.requests, 0);

	await startMock(t, 'goes', { listen: goes.address });
	await until(async () => (await healthOf(proxy)).goes.status === 'healthy');
	await said('goes', 'healthy');
	await post(proxy, form(tasks.textual, 'a dog'));
	await post(proxy, form(tasks.textual, 'a dog'));
	assert.equal((await healthOf(proxy)).goes.requests, 1);
});

test('a route that is lost', async t => {
	const only = await startMock(t, 'only');
	const proxy = await startProxy(t, config({ only }));

	await proxy.matches('err', /event=health backend=only status=healthy /g);
	assert.deepEqual(await get(proxy, '/ping'),
		{ status: 200, type: 'text/plain; charset=utf-8', body: 'pong' });
	await only.kill();
	await proxy.matches('err', /event=health backend=only status=unhealthy /g);
	const { status, body } = await get(proxy, '/ping');
	assert.equal(status, 503);
	assert.match(JSON.parse(body).detail, /^defaultBackend: backend 'only': (cannot connect|.*closed|.*broke)/);
	const response = await fetch(`${proxy.url}/ping`, { headers: { accept: 'application/json' } });
	assert.equal(response.status, 503);
	assert.deepEqual(await response.json(),
		{ backends: [{ url: only.url, status: 'unhealthy' }], allHealthy: false });
});
