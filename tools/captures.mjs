// captures: records what is in fixtures/captures, through mlproxy, from backends that answer as
// Immich's own service did or fail in known ways.
//
//     MLPROXY_BIN=build/bin/mlproxy node tools/captures.mjs [--check]
//
// A capture that says the same as the one there is left alone, so that running this again changes
// nothing; what is new in each is when it was, the exchanges' ids and the ports. With --check
// nothing is written, and the status is 1 when one says something else.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
	cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { genuineServer, session } from '../tests/node/genuine.mjs';

const { MLPROXY_BIN } = process.env;
const folder = fileURLToPath(new URL('../fixtures/captures', import.meta.url));
const isCheck = process.argv.includes('--check');

assert.ok(MLPROXY_BIN, 'MLPROXY_BIN must name the program');

// -- backends -------------------------------------------------------------------------------------

function message(start, type, body, length = body.length) {
	return `HTTP/1.1 ${start}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

const JSON_TYPE = 'application/json';
const pong = message('200 OK', 'text/plain', 'pong');

// What each backend does with a request that it has got. Pings all of them answer, so that none is
// known to be ill before.
const manners = {
	good: socket => socket.end(message('200 OK', JSON_TYPE, '{"clip":"[0.6,0.8]"}')),
	reset: socket => socket.resetAndDestroy(),
	truncated: socket => socket.end(message('200 OK', JSON_TYPE, '{"clip":"[0.6', 20)),
	invalid: socket => socket.end(message('200 OK', JSON_TYPE, 'oops')),
	unavailable: socket => socket.end(message('503 Service Unavailable', 'text/plain', 'busy')),
	broken: socket => socket.end(message('500 Internal Server Error', 'text/plain', 'oh no')),
	stalled: () => {},
};

// Calls `answer` with each request that is whole, by its Content-Length.
function onConnection(socket, answer) {
	let seen = Buffer.alloc(0);

	socket.on('error', () => {}).on('data', bytes => {
		seen = Buffer.concat([seen, bytes]);
		const end = seen.indexOf('\r\n\r\n');
		const [, length] = /content-length: (\d+)/i.exec(seen.toString('latin1', 0, end)) ?? [];

		if (seen.toString('latin1', 0, 4) === 'GET ')
			socket.end(pong);
		else if (end >= 0 && seen.length >= end + 4 + Number(length))
			answer(socket);
	});
}

async function listening(server) {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	return { server, url: `http://127.0.0.1:${server.address().port}` };
}

async function failing(name) {
	const sockets = new Set();
	const news = new EventEmitter();
	const backend = await listening(createServer(socket => {
		sockets.add(socket);
		onConnection(socket, () => {
			news.emit('asked');
			manners[name](socket);
		});
	}));
	const close = () => {
		backend.server.close();
		sockets.forEach(socket => socket.destroy());
	};

	return { name, url: backend.url, news, close };
}

async function unused() {
	const { server, url } = await listening(createServer());

	server.close();
	await once(server, 'close');
	return { name: 'refused', url, close() {} };
}

// -- mlproxy --------------------------------------------------------------------------------------

async function startProxy(config, dir) {
	const path = join(dir, 'config.json');

	writeFileSync(path, JSON.stringify(config));
	const child = spawn(MLPROXY_BIN,
		['--config', path, '--listen', '127.0.0.1:0', '--workers', '1', '--log-level', 'info'],
		{ stdio: ['ignore', 'ignore', 'pipe'] });

	for await (const line of createInterface(child.stderr)) {
		const [, address] = / event=listening address=(\S+)/.exec(line) ?? [];

		if (address) {
			child.stderr.resume();
			return { child, port: Number(address.split(':').at(-1)) };
		}
	}
	throw new Error('mlproxy ended before it listened');
}

async function stop({ child }) {
	const ended = once(child, 'exit');

	child.kill('SIGTERM');
	assert.deepEqual(await ended, [0, null]);
}

// Sends it as it was on the wire, and takes the answer, whatever it is.
async function send({ port }, { method, target, headers, body, leaves }) {
	const request = httpRequest({ port, method, path: target, headers, agent: false });

	request.on('error', () => {}).end(body);
	if (leaves) {
		await leaves();
		request.destroy();
		return;
	}
	const [response] = await once(request, 'response');
	response.resume();
	await once(response, 'close');
}

// -- what is recorded -----------------------------------------------------------------------------

const all = session().map(({ request }) => request).filter(({ method }) => method === 'POST');

const asks = (...tasks) => all.filter(({ body }) => {
	const [, entries] = /name="entries"\r\n\r\n(.*)\r\n/.exec(body.toString('latin1')) ?? [];

	return entries && isOf(entries, tasks);
});

function isOf(entries, tasks) {
	try {
		return Object.keys(JSON.parse(entries)).join() === tasks.join();
	} catch {
		return false;
	}
}

// To one backend, or with the faces to another one that answers alike.
async function genuine(requests, isSplit = false) {
	const start = async name => ({ name, ...await listening(genuineServer()) });
	const backends = await Promise.all((isSplit ? ['ml', 'faces'] : ['ml']).map(start));

	return {
		requests,
		close: () => backends.forEach(({ server }) => server.close()),
		config: {
			defaultBackend: 'ml',
			backends: backends.map(({ name, url }) => ({ name, url })),
			taskRouting: isSplit ? { 'facial-recognition': 'faces' } : {},
		},
	};
}

const FORM = '----formdata-captures';

// A search text for a model that is named as the route it should take.
function search(route) {
	const entries = JSON.stringify({ clip: { textual: { modelName: route, options: {} } } });
	const part = (name, text) =>
		`--${FORM}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
	const body = `${part('entries', entries)}${part('text', route)}--${FORM}--\r\n`;
	const headers = {
		host: 'ml.example',
		'content-type': `multipart/form-data; boundary=${FORM}`,
		'content-length': body.length,
		connection: 'keep-alive', // with `close`, one who leaves may still wait for an answer
	};

	return { method: 'POST', target: '/predict', headers, body };
}

// Each way to fail with nobody else to ask, and those that others can help with somebody.
async function failed() {
	const backends = await Promise.all([unused(), ...Object.keys(manners).map(failing)]);
	const names = backends.map(({ name }) => name);
	const helped = ['reset', 'truncated', 'invalid', 'unavailable', 'stalled'];
	const stalled = backends.find(({ name }) => name === 'stalled');
	// While nobody is known to be ill, those are asked first that are named first.
	const taskRouting = Object.fromEntries([
		...helped.map(name => [`clip/textual/${name}-helped`, [name, 'good']]),
		...names.map(name => [`clip/textual/${name}`, name]),
	]);
	const requests = Object.keys(taskRouting).map(key => search(key.split('/').at(-1)));

	return {
		requests: [...requests, { ...search('left'), leaves: () => once(stalled.news, 'asked') }],
		close: () => backends.forEach(({ close }) => close()),
		config: {
			defaultBackend: 'good',
			timeouts: { backend: 0.5 },
			backends: backends.map(({ name, url }) => ({ name, url })),
			taskRouting: { ...taskRouting, 'clip/textual/left': 'stalled' },
		},
	};
}

const kinds = {
	genuine: () => genuine(all),
	'genuine-split': () => genuine(asks('clip', 'facial-recognition'), true),
	clip: () => genuine(asks('clip').slice(8, 15)),
	'facial-recognition': () => genuine(asks('facial-recognition').slice(0, 3)),
	ocr: () => genuine(asks('ocr').slice(1, 3)),
	failures: failed,
};

// -- what it says ---------------------------------------------------------------------------------

// Without what is new each time.
function saying(entry) {
	const isId = ({ name }) => name.toLowerCase() === 'x-request-id';
	const headers = message => message.headers.filter(field => !isId(field));
	const { startedDateTime, time, timings, _crc32c, _id, ...rest } = entry;

	rest.request.headers = headers(rest.request);
	rest.response.headers = headers(rest.response);
	return JSON.stringify(rest).replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:*');
}

function said(dir) {
	const log = JSON.parse(readFileSync(join(dir, 'capture.har'), 'utf8')).log;
	const blobs = join(dir, 'blobs'); // Git has no empty folders

	return {
		entries: log.entries.map(saying),
		blobs: existsSync(blobs) ? readdirSync(blobs, { recursive: true }).sort() : [],
	};
}

function isSame(a, b) {
	return existsSync(a) && JSON.stringify(said(a)) === JSON.stringify(said(b));
}

async function record(make, dir) {
	const { requests, config, close } = await make();
	const capture = { dir: join(dir, 'capture'), enabled: true };
	const proxy = await startProxy({ ...config, capture }, dir);

	for (const request of requests)
		await send(proxy, request);
	await stop(proxy);
	close();
	return capture.dir;
}

let faults = 0;

for (const [name, make] of Object.entries(kinds)) {
	const dir = mkdtempSync(join(tmpdir(), 'mlproxy-captures-'));
	const recorded = await record(make, dir);
	const there = join(folder, name);

	if (isSame(there, recorded)) {
		console.log(`${name}: as it was`);
	} else if (isCheck) {
		console.log(`${name}: says something else`);
		faults++;
	} else {
		rmSync(there, { recursive: true, force: true });
		cpSync(recorded, there, { recursive: true });
		console.log(`${name}: written`);
	}
	rmSync(dir, { recursive: true });
}
process.exitCode = faults ? 1 : 0;
