// What mlproxy has recorded, as HAR, in the hands of mitmproxy: it sends every request again, byte
// for byte. MITMDUMP names the program.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { genuineServer, session } from './genuine.mjs';
import { configOf, file, folder, get, listen, replay, startProxyWith, test } from './rig.mjs';

const { MITMDUMP } = process.env;
const requests = session().map(({ request }) => request).filter(({ method }) => method === 'POST');

assert.ok(MITMDUMP, 'MITMDUMP must name the program');

async function send(proxy, { method, target, headers, body }) {
	const request = httpRequest(proxy.url + target, { method, headers, agent: false });
	const [response] = await once(request.end(body), 'response');

	await once(response.resume(), 'end');
}

// All that arrives at a port, in its order.
function startListener(t, port, seen) {
	const onRequest = async (request, response) => {
		const pieces = await request.toArray();
		const { method, url: target, rawHeaders } = request;

		seen.push({ method, target, rawHeaders, body: Buffer.concat(pieces) });
		response.end('{}');
	};

	return listen(t, createServer(onRequest), port, '127.0.0.1');
}

// The same way around, whoever has written them.
function headersOf({ rawHeaders }) {
	const names = rawHeaders.filter((_, i) => i % 2 === 0);

	return names.map((name, i) => `${name.toLowerCase()}: ${rawHeaders[2 * i + 1]}`);
}

// Records the session; `take` makes a HAR file of it while the proxy is there.
async function record(t, take) {
	const backend = await listen(t, genuineServer());
	const dir = join(folder(t), 'capture');
	const config = file(t, 'config.json',
		JSON.stringify({ ...configOf({ ml: backend }), capture: { dir } }));
	const proxy = await startProxyWith(t,
		['--config', config, '--listen', '127.0.0.1:0', '--workers', '2', '--debug']);

	for (const request of requests)
		await send(proxy, request);
	const har = await take(proxy, dir);

	await proxy.stop();
	backend.closeAllConnections();
	await once(backend.close(), 'close');
	return har;
}

// Lets mitmproxy send all of a file again, and looks at what arrives.
async function expectSentAgain(t, har) {
	const { entries } = JSON.parse(readFileSync(har, 'utf8')).log;
	const sides = entries.map(({ _side }) => _side);

	assert.equal(sides.filter(side => side === 'client').length, requests.length);
	assert.ok(sides.includes('backend'));

	// The clients' requests name the host that they were sent to when they were recorded.
	const seen = [];
	const ports = new Set(entries.map(({ request }) => Number(new URL(request.url).port)));

	for (const port of ports)
		await startListener(t, port, seen);
	await promisify(execFile)(MITMDUMP,
		['--no-server', '--set', `confdir=${folder(t)}`, '--client-replay', har]);
	assert.equal(seen.length, entries.length);
	let last = -1; // of the clients' requests, each of which is followed by what it has caused

	seen.forEach((request, i) => {
		const { method, url, headers } = entries[i].request;

		last += sides[i] === 'client';
		const { body } = requests[last];

		assert.equal(`${request.method} ${request.target}`, `${method} ${new URL(url).pathname}`);
		assert.deepEqual(headersOf(request),
			headers.map(({ name, value }) => `${name.toLowerCase()}: ${value}`));
		assert.ok(request.body.equals(body), `the body of entry ${i}`);
	});
}

test('mitmproxy sends all of records.har again, byte for byte', async t => {
	await expectSentAgain(t, await record(t, async proxy =>
		file(t, 'records.har', (await get(proxy, '/api/debug/records.har')).body)));
});

test('mitmproxy sends all of an export again, byte for byte', async t => {
	const har = join(folder(t), 'x.har');
	const dir = await record(t, (proxy, path) => path);
	const { status, err } = await replay(['export', dir, '-o', har]);

	assert.deepEqual({ status, err }, { status: 0, err: '' });
	await expectSentAgain(t, har);
});
