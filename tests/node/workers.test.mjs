// Workers: whose connections are how many, and that none waits for another.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';

import {
	answer, atEnd, configOf, file, form, get, photo, post, sendAnswer, startHttp, startProxyWith,
	tasks, test, until, written,
} from './rig.mjs';

const { visual } = tasks;

function connectTo(t, proxy) {
	const { hostname, port } = new URL(proxy.url);
	const socket = connect(port, hostname).on('error', () => {});

	atEnd(t, () => socket.destroy());
	return socket;
}

function linkOf(path) {
	try {
		return readlinkSync(path);
	} catch {
		return ''; // closed since
	}
}

// How many sockets each worker's epoll instance watches, the listener's among them.
function watchedSockets({ child }) {
	const folder = `/proc/${child.pid}`;
	const isSocket = fd => linkOf(`${folder}/fd/${fd}`).startsWith('socket:');

	return readdirSync(`${folder}/fd`)
		.filter(fd => linkOf(`${folder}/fd/${fd}`) === 'anon_inode:[eventpoll]')
		.map(fd => readFileSync(`${folder}/fdinfo/${fd}`, 'utf8').matchAll(/^tfd:\s+(\d+)/gm))
		.map(watched => [...watched].filter(([, fd]) => isSocket(fd)).length);
}

const sum = numbers => numbers.reduce((all, number) => all + number, 0);

for (const workers of [1, 2, 3, 4]) {
	test(`connections are even at any number: ${workers} workers`, async t => {
		const proxy = await startProxyWith(t,
			['--listen', '127.0.0.1:0', '--workers', String(workers)]);
		const atRest = watchedSockets(proxy);
		const clients = [];
		const connections = () => watchedSockets(proxy).map((number, i) => number - atRest[i]);
		const expectEven = async () => {
			await until(() => sum(connections()) === clients.length);
			const all = connections();

			assert.equal(all.length, workers);
			assert.ok(Math.max(...all) - Math.min(...all) <= 1, all.join(' '));
		};
		const come = async () => {
			clients.push(connectTo(t, proxy));
			await expectEven();
		};

		while (clients.length < 3 * workers + 1)
			await come();
		// those of one worker leave, and so many come
		for (const socket of clients.filter((_, i) => i % workers === 0))
			socket.destroy();
		clients.splice(0, Infinity, ...clients.filter(({ destroyed }) => !destroyed));
		await until(() => sum(connections()) === clients.length);
		for (let i = 0; i < 4; i++) {
			clients.push(connectTo(t, proxy));
			await until(() => sum(connections()) === clients.length);
		}
		await expectEven();
	});
}

// Some send half of a request, some ask for much and do not read it: more of both than there are
// workers. All others are answered, and a new configuration is everywhere at once.
test('clients that stall delay neither others nor a reload', async t => {
	const much = Buffer.alloc(8 << 20, 'x');
	const backend = await startHttp(t, (request, response) => {
		if (request.headers['x-much'])
			request.resume().on('end', () => response.end(much));
		else
			sendAnswer(request, response);
	});
	const path = file(t, 'config.json', JSON.stringify(configOf({ backend })));
	const proxy = await startProxyWith(t,
		['--listen', '127.0.0.1:0', '--workers', '4', '--config', path]);
	const { headers, body } = await written(visual, photo);
	const head = ['POST /predict HTTP/1.1', 'host: a', 'x-much: 1',
		`content-type: ${headers['content-type']}`, `content-length: ${body.length}`, '\r\n'];

	for (let i = 0; i < 24; i++) {
		const socket = connectTo(t, proxy).pause();

		await once(socket, 'connect');
		socket.write(head.join('\r\n'));
		socket.write(i % 2 ? body : body.subarray(0, body.length / 2));
	}
	for (let i = 0; i < 3; i++) {
		const all = Array.from({ length: 32 }, () => post(proxy, form(visual, photo)));

		for (const { status, body } of await Promise.all(all))
			assert.deepEqual([status, body], [200, answer]);
		assert.equal((await get(proxy, '/ping')).body, 'pong');
		proxy.child.kill('SIGHUP');
		await proxy.matches('err', /event=configured /g, i + 2);
	}
});
