// What a service manager hears of mlproxy, and what `mlproxy --health`, which containers ask, says
// of one that runs.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';

import {
	configOf, file, folder, get, run, startHttp, startManager, startProxy, startProxyWith, test,
} from './rig.mjs';

const config = configOf({ backend: { url: 'http://127.0.0.1:9' } }); // nobody is asked

// Lines that are about what is tested, in their order, once there are as many.
async function heard(manager, count) {
	return (await manager.matches('out', /^(?:READY|STOPPING)=.*$/gm, count)).map(([line]) => line);
}

test('a service manager hears when it is ready and when it stops', async t => {
	const manager = await startManager(t);
	const proxy = await startProxy(t, config, 2, { env: { NOTIFY_SOCKET: manager.address } });

	assert.deepEqual(await heard(manager, 1), ['READY=1; STATUS=serving']);
	await proxy.stop();
	assert.deepEqual(await heard(manager, 2),
		['READY=1; STATUS=serving', 'STOPPING=1; STATUS=answering what has begun']);
});

test('a service manager hears when a reload begins and what came of it', async t => {
	const manager = await startManager(t);
	const path = file(t, 'config.json', JSON.stringify(config));
	const proxy = await startProxyWith(t, ['--listen', '127.0.0.1:0', '--config', path],
		{ env: { NOTIFY_SOCKET: manager.address } });
	const statuses = [
		[JSON.stringify(config), 'serving'],
		['{}', 'serving; not reloaded: backends: found nothing, wanted a list of backends'],
		[JSON.stringify(config), 'serving'],
	];

	for (const [i, [text, status]] of statuses.entries()) {
		writeFileSync(path, text);
		proxy.child.kill('SIGHUP');
		assert.equal((await heard(manager, i + 2))[i + 1], `READY=1; STATUS=${status}`);
		assert.equal((await manager.matches('out', /^RELOADING=1; MONOTONIC_USEC=\d+$/gm)).length,
			i + 1);
	}
});

test('it is ready without a configuration, and says so', async t => {
	const manager = await startManager(t);

	await startProxyWith(t, ['--listen', '127.0.0.1:0'],
		{ env: { NOTIFY_SOCKET: manager.address } });
	assert.deepEqual(await heard(manager, 1), ['READY=1; STATUS=not configured']);
});

test('the watchdog is told again and again that all workers are alive', async t => {
	const manager = await startManager(t);

	await startProxy(t, config, 4,
		{ env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '2000' } });
	await manager.matches('out', /^WATCHDOG=1$/gm, 20);
});

test('a service manager that is not there is warned of, and no more', async t => {
	const env = { NOTIFY_SOCKET: `${folder(t)}/nobody`, WATCHDOG_USEC: '2000' };
	const proxy = await startProxy(t, config, 2, { env });

	assert.match(proxy.err,
		/level=warn event=notify why="NOTIFY_SOCKET: No such file or directory"/);
	assert.equal((await get(proxy, '/')).status, 200);
});

test('--health is content with one that runs', async t => {
	const proxy = await startProxy(t, config);
	const { status, out, err } = await run(['--health', '--listen', new URL(proxy.url).host]);

	assert.deepEqual([status, out, err], [0, '', '']);
});

test('--health tells what came instead of 200', async t => {
	const server = await startHttp(t, (request, response) => response.writeHead(503).end());
	const { status, out, err } = await run(['--health', '--listen', new URL(server.url).host]);

	assert.deepEqual([status, out, err],
		[1, '', 'mlproxy: answered "HTTP/1.1 503", wanted "HTTP/1.1 200"\n']);
});
