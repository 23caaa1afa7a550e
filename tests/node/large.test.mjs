// Answers and uploads that are far larger than what mlproxy may hold: every byte arrives, and its
// memory stays flat, however slow the reader is, and when it leaves.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

import {
	configOf, form, get, isSanitized, photo, post, startHttp, startProxy, tasks, test,
	watchMemory, written,
} from './rig.mjs';

const MIB = 1 << 20;
const ANSWER_BYTES = (isSanitized ? 64 : 1024) * MIB; // they are slow
const READ_BYTES = (isSanitized ? 64 : 128) * MIB;
const UPLOADS = isSanitized ? 2 : 8;
const FLAT_BYTES = 24 * MIB;
const AHEAD_BYTES = 32 * MIB; // what sockets and mlproxy hold between a backend and a client

function assertFlat({ max }) {
	assert.ok(isSanitized || max <= FLAT_BYTES, `${Math.round(max / 1024)} KiB of memory`);
}

// One JSON object, in pieces of a MiB that differ.
function* piecesOf(size) {
	for (let at = 0; at < size; at += MIB) {
		const piece = Buffer.alloc(MIB, 'x');

		piece.write(at ? String(at).padEnd(16) : '{"clip":"');
		if (at + MIB === size)
			piece.write('"}', MIB - 2);
		yield piece;
	}
}

// A backend whose answer has `size` bytes; `sent` says how many it has got rid of, `left` how many
// clients went before the end.
async function startLarge(t, size) {
	const large = { sent: 0, hash: createHash('sha256'), left: 0 };
	const backend = await startHttp(t, async (request, response) => {
		const pieces = function* () {
			for (const piece of piecesOf(size)) {
				large.hash.update(piece);
				large.sent += piece.length;
				yield piece;
			}
		};

		await once(request.resume(), 'end');
		response.writeHead(200, { 'content-type': 'application/json', 'content-length': size });
		pipeline(pieces, response).catch(() => large.left++);
	});

	return Object.assign(large, { url: backend.url });
}

async function startFor(t, backend, more) {
	const proxy = await startProxy(t, configOf({ backend }, more));

	return { proxy, memory: watchMemory(t, proxy) };
}

function ask(proxy, options) {
	const body = form(tasks.visual, photo);

	return fetch(`${proxy.url}/predict`, { method: 'POST', body, ...options });
}

test('an answer of a GiB', async t => {
	const backend = await startLarge(t, ANSWER_BYTES);
	const { proxy, memory } = await startFor(t, backend);
	const hash = createHash('sha256');
	let size = 0;

	for await (const piece of (await ask(proxy)).body) {
		hash.update(piece);
		size += piece.length;
	}
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	assert.equal(size, ANSWER_BYTES);
	assert.equal(hash.digest('hex'), backend.hash.digest('hex'));
	assertFlat(memory);
});

// Between two pieces it does something else: here it asks whether all is well.
test('a client that reads slowly holds the backend up', async t => {
	const backend = await startLarge(t, READ_BYTES);
	const { proxy, memory } = await startFor(t, backend);
	let size = 0;
	let ahead = 0;

	for await (const piece of (await ask(proxy)).body) {
		size += piece.length;
		ahead = Math.max(ahead, backend.sent - size);
		assert.equal((await get(proxy, '/')).status, 200);
	}
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory, ${Math.round(ahead / 1024)} KiB ahead`);
	assert.equal(size, READ_BYTES);
	assert.ok(ahead <= AHEAD_BYTES, `${Math.round(ahead / 1024)} KiB ahead`);
	assertFlat(memory);
});

test('clients that leave in the middle of a large answer', async t => {
	const backend = await startLarge(t, 1024 * MIB);
	const { proxy, memory } = await startFor(t, backend);
	const leave = async after => {
		const control = new AbortController();
		let size = 0;

		await assert.rejects(async () => {
			for await (const piece of (await ask(proxy, { signal: control.signal })).body) {
				size += piece.length;
				if (size >= after)
					control.abort();
			}
		}, { name: 'AbortError' });
	};

	await Promise.all(Array.from({ length: 16 }, (_, i) => leave(i * MIB)));
	await proxy.matches('err', /event=exchange .*complete=no/g, 16);
	while (backend.left < 16)
		await get(proxy, '/');
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	assertFlat(memory);
});

// -- uploads --------------------------------------------------------------------------------------

// A backend that answers with the digest of the body it got, which it reads in its own time.
function startDigesting(t, between = () => {}) {
	return startHttp(t, async (request, response) => {
		const hash = createHash('sha256');

		for await (const piece of request) {
			hash.update(piece);
			await between();
		}
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ body: hash.digest('hex') }));
	});
}

// A form that is as large as a body may be.
async function largest(limit) {
	const { body: { length } } = await written(tasks.visual, Buffer.alloc(0));

	return written(tasks.visual, Buffer.alloc(limit - length, 'x'));
}

async function assertArrives(proxy, request) {
	const { status, body } = await post(proxy, request.body, { headers: request.headers });

	assert.equal(status, 200, body);
	assert.equal(JSON.parse(body).body, createHash('sha256').update(request.body).digest('hex'));
}

test('bodies as large as limits.body, and larger', async t => {
	const { proxy, memory } = await startFor(t, await startDigesting(t));
	const request = await largest(64 * MIB);

	await Promise.all(Array.from({ length: UPLOADS }, () => assertArrives(proxy, request)));
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	assertFlat(memory);
	const { headers } = request;
	const { status } = await post(proxy, Buffer.concat([request.body, Buffer.alloc(1)]), { headers });
	assert.equal(status, 413);
});

test('a backend that reads slowly holds its clients up', async t => {
	const control = {};
	const backend = await startDigesting(t, () => control.between());
	const { proxy, memory } = await startFor(t, backend);
	const request = await largest(64 * MIB);

	control.between = () => get(proxy, '/');
	await Promise.all(Array.from({ length: UPLOADS }, () => assertArrives(proxy, request)));
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	assertFlat(memory);
});
