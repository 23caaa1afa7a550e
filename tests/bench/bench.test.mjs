// The bench's own ends must notice what is wrong, or else its figures mean nothing: the load generator
// wrong answers, the stub wrong requests.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test as nodeTest } from 'node:test';
import { resultOf, startLoad, startStub, withPrograms } from './programs.mjs';

const TEST_MS = 10_000;
const test = (name, run) => nodeTest(name, { timeout: TEST_MS }, run);

const TASKS = { text: ['-t', 'text'], image: ['-t', 'image', '-b', 100_000], both: ['-t', 'both', '-b', 1] };

function isWhole(bytes) {
	const head = bytes.indexOf('\r\n\r\n') + 4;
	const length = /content-length: (\d+)/.exec(bytes.subarray(0, head))?.[1];

	return length !== undefined && bytes.length === head + Number(length);
}

// A server that calls onRequest(socket, request) when it has a whole one.
async function listen(onRequest) {
	const server = createServer(socket => {
		let bytes = Buffer.alloc(0);

		socket.on('error', () => {}).on('data', piece => {
			bytes = Buffer.concat([bytes, piece]);
			if (!isWhole(bytes))
				return;
			onRequest(socket, bytes);
			bytes = Buffer.alloc(0);
		});
	});

	await once(server.listen(0, '127.0.0.1'), 'listening');
	return server;
}

// What a request is, as the load generator writes it.
async function requestOf(programs, args) {
	let request;
	const server = await listen((socket, bytes) => {
		request = bytes;
		socket.destroy();
	});

	await resultOf(startLoad(programs, server.address().port, [...args, '-n', 1]));
	server.close();
	return request;
}

// What the stub answers to these bytes, whole.
async function ask(stub, bytes) {
	const socket = connect(stub.ports[0], '127.0.0.1');
	let answer = Buffer.alloc(0);

	socket.write(bytes);
	for await (const piece of socket) {
		answer = Buffer.concat([answer, piece]);
		if (isWhole(answer))
			break;
	}
	return answer;
}

async function statsOf({ ports }) {
	return (await fetch(`http://127.0.0.1:${ports[0]}/stats`)).json();
}

// What the load generator says of a server that answers so, given the stub's answer.
async function resultAgainst(answer) {
	return withPrograms(async programs => {
		const stub = await startStub(programs, 1);
		const good = await ask(stub, await requestOf(programs, TASKS.text));
		const server = await listen(socket => answer(socket, good));
		const result = await resultOf(startLoad(programs, server.address().port, ['-n', 3]));

		server.close();
		return result;
	});
}

for (const [task, args] of Object.entries(TASKS)) {
	test(`load and stub agree about ${task}`, () => withPrograms(async programs => {
		const stub = await startStub(programs, 1);
		const result = await resultOf(startLoad(programs, stub.ports[0], [...args, '-c', 3, '-n', 50]));

		assert.deepEqual([result.answered, result.faults, result.why], [50, 0, '']);
		const { requests, bad } = await statsOf(stub);
		assert.deepEqual([requests, bad], [50, 0]);
	}));
}

test('an answer as the stub gives it is taken, in whatever pieces', async () => {
	const { answered, faults } = await resultAgainst((socket, good) => {
		socket.setNoDelay().write(good.subarray(0, 100));
		setImmediate(() => socket.write(good.subarray(100)));
	});

	assert.deepEqual([answered, faults], [3, 0]);
});

const flip = (bytes, at) => {
	const copy = Buffer.from(bytes);

	copy[at < 0 ? copy.length + at : at] ^= 1;
	return copy;
};

const replace = (bytes, from, to) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

const wrongAnswers = {
	'another status': (socket, good) => socket.end(String(good).replace('200 OK', '500 OK')),
	'another byte': (socket, good) => socket.end(flip(good, -100)),
	'a byte less': (socket, good) => socket.end(good.subarray(0, -1)),
	'a byte more': (socket, good) => socket.end(Buffer.concat([good, Buffer.from('x')])),
	'another length': (socket, good) => socket.end(String(good).replace(/(content-length: )\d+/, '$17')),
	'a length given twice': (socket, good) =>
		socket.end(String(good).replace(/(content-length: \d+\r\n)/, '$1$1')),
	'nothing': socket => socket.end(),
	'a connection that closes': (socket, good) =>
		socket.end(String(good).replace('server: stub', 'connection: close')),
};

for (const [name, answer] of Object.entries(wrongAnswers)) {
	test(`load finds fault with ${name}`, async () => {
		const { answered, faults, why } = await resultAgainst(answer);

		assert.ok(faults >= 1 && answered + faults >= 3 && why, `${answered} ${faults} ${why}`);
	});
}

const wrongRequests = {
	'other entries': request => replace(request, 'visual', 'visuel'),
	'another byte in the middle': request => flip(request, 50_000),
	'another byte at the end': request => flip(request, -60),
	'another tail': request => flip(request, -3),
	'no length': request => replace(request, 'content-length', 'content-lengte'),
	'another path': request => replace(request, '/predict', '/predicd'),
};

for (const [name, change] of Object.entries(wrongRequests)) {
	test(`stub refuses ${name}`, () => withPrograms(async programs => {
		const stub = await startStub(programs, 1);
		const request = await requestOf(programs, TASKS.image);

		assert.match(String(await ask(stub, change(request))), /^HTTP\/1.1 400 /);
		assert.equal((await statsOf(stub)).bad, 1);
	}));
}

test('what is held goes on when it is told', () => withPrograms(async programs => {
	const stub = await startStub(programs, 1);
	const load = startLoad(programs, stub.ports[0], [...TASKS.image, '-m', 'hold', '-c', 5]);

	await load.says(/^holding$/gm);
	assert.equal((await statsOf(stub)).bytes, 0);
	load.child.stdin.end();
	assert.equal((await resultOf(load)).answered, 5);
}));

test('idle connections are answered, then stay', () => withPrograms(async programs => {
	const stub = await startStub(programs, 1);
	const load = startLoad(programs, stub.ports[0], ['-m', 'idle', '-c', 5]);

	await load.says(/^holding$/gm);
	assert.equal((await statsOf(stub)).requests, 5);
	assert.equal(load.status, null);
	load.child.stdin.end();
	assert.deepEqual([(await resultOf(load)).answered, load.status], [5, 0]);
}));

test('answers that take their time come', () => withPrograms(async programs => {
	const stub = await startStub(programs, 1, 30);
	const result = await resultOf(startLoad(programs, stub.ports[0], ['-c', 5, '-n', 20]));

	assert.deepEqual([result.answered, result.faults], [20, 0]);
	assert.ok(result.p50 >= 30, `${result.p50}`);
}));
