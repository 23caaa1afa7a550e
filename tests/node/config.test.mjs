// The configuration by HTTP, as a page or a script changes it: many at once, and what is refused.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';

import {
	answerOf, configOf, file, get, isSanitized, startMock, startProxyWith, test, watchMemory,
} from './rig.mjs';

const AT_ONCE = 100; // of readers, and of writers
const LARGE_BYTES = 100 << 20;
const MORE_BYTES = 32 << 20; // of memory, whatever is sent
const type = { 'content-type': 'application/json' };

// What belongs to a configuration and to no other: the names of its backends and a limit.
function numbered(backend, i) {
	const config = { name: `second ${i}`, headers: { 'X-Number': `secret ${i}` } };

	return configOf({ [`first ${i}`]: backend, other: { url: backend.url, config } },
		{ limits: { entries: 1000 + i } });
}

// Its number; fails if it is a mixture.
function numberOf(config) {
	const i = config.limits.entries - 1000;

	assert.equal(config.defaultBackend, `first ${i}`);
	assert.deepEqual(config.backends.map(({ name }) => name), [`first ${i}`, `second ${i}`]);
	return i;
}

async function read(proxy) {
	const { status, body } = await get(proxy, '/api/config');

	assert.equal(status, 200);
	assert.doesNotMatch(body, /secret/);
	return numberOf(JSON.parse(body));
}

async function write(proxy, config, query = '') {
	const url = `${proxy.url}/api/config${query}`;

	return answerOf(
		await fetch(url, { method: 'POST', headers: type, body: JSON.stringify(config) }));
}

async function start(t) {
	const mock = await startMock(t, 'one');
	const path = file(t, 'config.json', JSON.stringify(numbered(mock, 0)));
	const proxy = await startProxyWith(t,
		['--listen', '127.0.0.1:0', '--config', path, '--workers', '4']);

	return { mock, path, proxy };
}

test('readers and writers at once: each reads one whole configuration', async t => {
	const { mock, path, proxy } = await start(t);
	const written = new Set([0]);
	const writer = async i => {
		written.add(i);
		assert.deepEqual(await write(proxy, numbered(mock, i)),
			{ status: 200, type: 'application/json', body: '{"warnings":[]}' });
	};
	const reader = async () => assert.ok(written.has(await read(proxy)));
	const all = Array.from({ length: AT_ONCE }, (_, i) => [writer(i + 1), reader()]);

	await Promise.all(all.flat());
	const saved = readFileSync(path, 'utf8');
	const last = numberOf(JSON.parse(saved));

	assert.match(saved, new RegExp(`"secret ${last}"`));
	for (let i = 0; i < 16; i++)
		assert.equal(await read(proxy), last);
});

test('a change that was answered is what every worker uses', async t => {
	const { mock, proxy } = await start(t);

	for (let i = 1; i <= 20; i++) {
		assert.equal((await write(proxy, numbered(mock, i))).status, 200);
		assert.deepEqual(await Promise.all(Array.from({ length: 8 }, () => read(proxy))),
			Array(8).fill(i));
	}
});

test('a configuration that was read can be sent back, and secrets stay', async t => {
	const { path, proxy } = await start(t);
	const shown = (await get(proxy, '/api/config')).body;

	assert.match(shown, /"X-Number":"\*{8}"/);
	for (const query of ['?dry=1', ''])
		assert.equal((await write(proxy, JSON.parse(shown), query)).status, 200);
	assert.match(readFileSync(path, 'utf8'), /"X-Number":"secret 0"/);
});

// -- what is too large ----------------------------------------------------------------------------

// Zeros, whose number is announced or not.
const senders = {
	'by fetch': url =>
		fetch(url, { method: 'POST', headers: type, body: Buffer.alloc(LARGE_BYTES) }),
	'by fetch, as a stream': url => {
		const piece = Buffer.alloc(1 << 20);
		let left = LARGE_BYTES / piece.length;
		const body = Readable.toWeb(new Readable({
			read() {
				this.push(left-- > 0 ? piece : null);
			},
		}));

		return fetch(url, { method: 'POST', headers: type, body, duplex: 'half' });
	},
	'by http.request': async url => {
		const sent = request(url, { method: 'POST', headers: type }).on('error', () => {});

		sent.end(Buffer.alloc(LARGE_BYTES));
		const [response] = await once(sent, 'response');
		let body = '';

		for await (const bytes of response)
			body += bytes;
		return { status: response.statusCode, json: async () => JSON.parse(body) };
	},
};

for (const [name, send] of Object.entries(senders)) {
	test(`100 MB ${name}: 413 arrives, and nothing is kept of them`, async t => {
		const { proxy } = await start(t);
		const memory = watchMemory(t, proxy);
		const before = memory.now;

		for (const path of ['/api/config', '/api/plan']) {
			const response = await send(proxy.url + path);

			assert.equal(response.status, 413);
			assert.match((await response.json()).error, /1048576 bytes/);
		}
		assert.equal(await read(proxy), 0);
		assert.ok(isSanitized || memory.max - before < MORE_BYTES, `${memory.max} from ${before}`);
	});
}
