// Connections that are kept, closed, cut off or given up, on both sides of the proxy.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

import {
	answer, configOf, count, folder, form, get, hasIpv6, layouts, listen, photo, post, sendAnswer,
	startAll, startHttp, startMock, startProxy, tasks, test, until,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;
const answerBytes = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
	`content-length: ${answer.length}\r\n\r\n${answer}`;

const pongBytes = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\npong';

// Calls back, with the connection's number and the request's on it, when a request begins to arrive
// and when it has ended. Pings have connections of their own, which do not count.
function startRaw(t, { begins = () => {}, ends }) {
	let connections = 0;

	return listen(t, createServer(socket => {
		let number = 0;
		let requests = 0;
		let text = '';

		socket.setEncoding('latin1').on('data', piece => {
			const isFirst = !text;

			if (/^GET \S*\/ping /.test(piece)) {
				socket.end(pongBytes);
				return;
			}
			number ||= ++connections;
			text += piece;
			if (isFirst)
				begins(socket, number, requests + 1);
			const length = /content-length: (\d+)/i.exec(text)?.[1];
			const end = text.indexOf('\r\n\r\n') + 4;

			if (text.length === end + Number(length)) {
				text = '';
				ends(socket, number, ++requests);
			}
		});
	}));
}

// -- found ----------------------------------------------------------------------------------------

test('a backend is found by its URL, whatever kind that is', async t => {
	const path = join(folder(t), 'socket');
	const targets = [];
	const onRequest = (request, response) => {
		targets.push(request.url);
		sendAnswer(request, response);
	};
	const { port } = (await startHttp(t, onRequest)).address();
	const urls = [
		`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}/`, `http://127.0.0.1:${port}/base`,
		`http://127.0.0.1:${port}/base/`, `http://localhost:${port}`, `unix:${path}`,
	];

	await startHttp(t, onRequest, path);
	if (hasIpv6) {
		const { port: other } = (await startHttp(t, onRequest, 0, '::1')).address();
		urls.push(`http://[::1]:${other}`);
	}
	for (const url of urls) {
		const proxy = await startProxy(t, configOf({ backend: { url } }));
		const { status, body } = await post(proxy, form(visual, photo));

		assert.deepEqual([status, body], [200, answer], url);
		assert.equal(targets.pop(), url.includes('base') ? '/base/predict' : '/predict');
	}
});

test('a backend whose name nobody knows is named', async t => {
	const lost = { url: 'http://nobody.invalid:3003' };
	const proxy = await startProxy(t, configOf({ lost }));
	const { status, body } = await post(proxy, form(visual, photo));

	assert.ok([502, 504].includes(status), String(status)); // as the resolver fails
	assert.match(JSON.parse(body).detail, /^backend 'lost': /);
});

// -- kept -----------------------------------------------------------------------------------------

test('connections are kept on both sides', async t => {
	const peers = new Set();
	const backend = await startHttp(t, (request, response) => {
		peers.add(request.socket.remotePort);
		sendAnswer(request, response);
	});
	const proxy = await startProxy(t, configOf({ backend }), 1);

	for (let i = 0; i < 8; i++)
		assert.equal((await post(proxy, form(visual, photo))).body, answer);
	const lines = await proxy.matches('err', /event=exchange .*client=(\S+)/g, 8);
	assert.ok(new Set(lines.map(([, client]) => client)).size <= 2, 'Node takes turns with two');
	assert.equal(peers.size, 1);
});

test('a client is told for how long its connection is kept', async t => {
	const { proxy } = await startAll(t, {});
	const { headers } = await fetch(`${proxy.url}/ping`);

	assert.equal(headers.get('keep-alive'), 'timeout=75');
});

// As the service does after 2 s of idleness, in the moment in which the next request is under way.
test('a connection that the backend closes under a request is replaced', async t => {
	const seen = [];
	const backend = await startRaw(t, {
		begins: (socket, connection, request) => {
			seen.push(`${connection}.${request}`);
			if (connection === 1 && request === 2)
				socket.destroy();
		},
		ends: socket => socket.write(answerBytes),
	});
	const proxy = await startProxy(t, configOf({ backend }), 1);

	for (let i = 0; i < 3; i++) {
		const { status, body } = await post(proxy, form(visual, photo));

		assert.deepEqual([status, body], [200, answer]);
	}
	assert.deepEqual(seen, ['1.1', '1.2', '2.1', '2.2']);
});

test('a connection that the backend closes after a whole request is replaced', async t => {
	const seen = [];
	const backend = await startRaw(t, {
		ends: (socket, connection, request) => {
			seen.push(`${connection}.${request}`);
			if (connection === 1 && request === 2)
				socket.end();
			else
				socket.write(answerBytes);
		},
	});
	const proxy = await startProxy(t, configOf({ backend }), 1);

	for (let i = 0; i < 2; i++)
		assert.equal((await post(proxy, form(textual, 'a dog'))).body, answer);
	assert.deepEqual(seen, ['1.1', '1.2', '2.1']);
});

test('a connection that the backend closed before is not used', async t => {
	const closed = [];
	const backend = await startRaw(t, {
		ends: socket => {
			socket.end(answerBytes);
			closed.push(once(socket, 'close'));
		},
	});
	const proxy = await startProxy(t, configOf({ backend }), 1);

	for (let i = 0; i < 4; i++) {
		assert.equal((await post(proxy, form(visual, photo))).body, answer);
		await closed[i]; // the proxy has closed its side too
	}
	assert.equal(closed.length, 4);
});

test('a fresh connection that is closed is a failure', async t => {
	const backend = await startRaw(t, { ends: socket => socket.end() });
	const proxy = await startProxy(t, configOf({ backend }), 1);
	const { status, type, body } = await post(proxy, form(visual, photo));

	assert.deepEqual([status, type], [502, 'application/json']);
	assert.match(JSON.parse(body).detail, /^backend 'backend': .*closed/);
});

test('an answer that breaks off is a failure, not a part of an answer', async t => {
	const backend = await startRaw(t, { ends: socket => socket.end(answerBytes.slice(0, -3)) });
	const proxy = await startProxy(t, configOf({ backend }), 1);
	const { status, body } = await post(proxy, form(visual, photo));

	assert.equal(status, 502);
	assert.match(JSON.parse(body).detail, /^backend 'backend': .*closed/);
});

// -- given up -------------------------------------------------------------------------------------

// A backend that never answers predict; `arrived` and `left` are of the request it has.
async function startMute(t) {
	const mute = {};
	let note;

	mute.arrived = new Promise(resolve => (note = resolve));
	mute.left = new Promise(resolve => {
		mute.onRequest = (request, response) => {
			if (request.url === '/ping') {
				response.end('pong');
				return;
			}
			request.socket.on('close', resolve);
			request.resume().on('error', () => {});
			note();
		};
	});
	return Object.assign(await startHttp(t, mute.onRequest), mute);
}

async function assertAborts(promise) {
	await assert.rejects(promise, { name: 'AbortError' });
}

test('a client that leaves takes its requests to all backends with it', async t => {
	const [main, other, sound] = await Promise.all(
		[startMute(t), startMute(t), startMock(t, 'sound')]);
	const proxy = await startProxy(t, configOf({ main, other, sound }, {
		...layouts['over a split'],
		modelTypeRouting: { textual: 'sound' },
	}));
	const control = new AbortController();
	const { signal } = control;
	const answered = assertAborts(post(proxy, form({ ...visual, ...faces }, photo), { signal }));

	await Promise.all([main.arrived, other.arrived]);
	control.abort();
	await Promise.all([answered, main.left, other.left]);
	await proxy.matches('err', /event=exchange .*complete=no/g);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
	assert.equal((await post(proxy, form(textual, 'a dog'))).status, 200);
});

test('a client that leaves in the middle of its photo takes the request with it', async t => {
	const backend = await startMute(t);
	const proxy = await startProxy(t, configOf({ backend }));
	const control = new AbortController();
	const whole = new Request('http://unused', { method: 'POST', body: form(visual, photo) });
	const bytes = await whole.arrayBuffer();
	const half = new ReadableStream({
		start: controller => controller.enqueue(new Uint8Array(bytes, 0, photo.length / 2)),
	});
	const answered = assertAborts(post(proxy, half, {
		headers: { 'content-type': whole.headers.get('content-type') },
		duplex: 'half',
		signal: control.signal,
	}));

	await backend.arrived;
	control.abort();
	await Promise.all([answered, backend.left]);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
});

// -- gone -----------------------------------------------------------------------------------------

// On an address that nothing else here uses, so that nobody takes the port meanwhile.
test('a backend that is killed is named, and used again when it is back', async t => {
	const direct = await startMock(t, 'direct');
	const main = await startMock(t, 'main');
	const other = await startMock(t, 'other', { listen: '127.0.0.2:0' });
	const proxy = await startProxy(t, configOf({ main, other }, layouts['over a split']));
	const both = { ...visual, ...faces };
	const wanted = await post(direct, form(both, photo));
	const assertFails = async entries => {
		const { status, type, body } = await post(proxy, form(entries, photo));

		assert.deepEqual([status, type], [502, 'application/json']);
		assert.match(JSON.parse(body).detail, /^backend 'other': cannot connect: /);
	};

	for (let round = 0; round < 4; round++) // every worker has a connection
		assert.deepEqual(await post(proxy, form(both, photo)), wanted);
	await other.kill();
	for (let round = 0; round < 4; round++) {
		await assertFails(both);
		await assertFails(faces);
		assert.equal((await post(proxy, form(visual, photo))).status, 200);
	}
	assert.equal((await post(proxy, form(ocr, photo))).status, 200);
	await startMock(t, 'other', { listen: other.address });
	assert.deepEqual(await post(proxy, form(both, photo)), wanted);
	assert.deepEqual(await post(proxy, form(faces, photo)), await post(direct, form(faces, photo)));
});

test('a backend that is killed while it works is named', async t => {
	const slow = await startMock(t, 'slow', { args: ['--latency', '600000'] });
	const proxy = await startProxy(t, configOf({ slow }));
	const answered = post(proxy, form(visual, photo));

	await until(async () => await count(slow) === 1);
	await slow.kill();
	const { status, body } = await answered;

	assert.equal(status, 502);
	assert.match(JSON.parse(body).detail, /^backend 'slow': /);
});

test('a backend that does not answer its ping is named', async t => {
	const [main, other] = await Promise.all([startMock(t, 'main'), startMock(t, 'other')]);
	const proxy = await startProxy(t, configOf({ main, other }, layouts['over a split']));
	let ping;

	await other.kill();
	await until(async () => { // what is known may be up to 2 s old
		ping = await get(proxy, '/ping');
		return ping.status !== 200;
	});
	assert.equal(ping.status, 503);
	assert.match(JSON.parse(ping.body).detail, /'other'/);
});
