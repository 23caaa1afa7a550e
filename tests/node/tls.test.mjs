// https backends, as Node's own TLS serves them, with certificates made for the test by openssl.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { dirname } from 'node:path';

import { makeCertificate } from './certificate.mjs';
import {
	answer, answerOf, configOf, file, folder, form, get, listen, photo, post, run, sendAnswer,
	startHttp, startProxy, tasks, test,
} from './rig.mjs';

const { visual } = tasks;

// A backend that remembers what it has been asked, and over how many connections; pings have
// connections of their own.
async function startTls(t, certificate, ...at) {
	const asked = [];
	const sockets = new Set();
	const onRequest = async (request, response) => {
		const pieces = [];

		if (request.url.endsWith('/ping')) {
			response.setHeader('connection', 'close').end('pong');
			return;
		}
		sockets.add(request.socket);
		for await (const piece of request)
			pieces.push(piece);
		asked.push({ url: request.url, headers: request.headers, body: Buffer.concat(pieces) });
		response.setHeader('content-type', 'application/json').end(answer);
	};
	const server = createServer({ ...certificate, keepAliveTimeout: 0 }, onRequest);

	await listen(t, server, ...at);
	server.on('tlsClientError', () => {}); // a client that does not trust it
	return Object.assign(server,
		{ asked, sockets, url: `https://127.0.0.1:${server.address().port}` });
}

async function startBoth(t, certificate, config) {
	const server = await startTls(t, certificate);
	const proxy = await startProxy(t, configOf({ main: { url: server.url, config } }), 1);

	return { server, proxy };
}

async function expectOk(proxy, payload = photo) {
	const { status, body } = await post(proxy, form(visual, payload));

	assert.equal(status, 200, body);
	assert.equal(body, answer);
}

test('an https backend is asked over one connection, trusted by its caFile', async t => {
	const certificate = makeCertificate(t);
	const { server, proxy } = await startBoth(t, certificate, { caFile: certificate.file });

	for (let i = 0; i < 3; i++)
		await expectOk(proxy);
	assert.equal(server.asked.length, 3);
	assert.equal(server.sockets.size, 1);
	assert.equal((await get(proxy, '/ping')).body, 'pong');
	const [socket] = server.sockets;
	assert.match(socket.getProtocol(), /^TLSv1\.[23]$/);
});

test('a photo of 8 MB arrives as it was sent', async t => {
	const certificate = makeCertificate(t);
	const { server, proxy } = await startBoth(t, certificate, { caFile: certificate.file });
	const large = randomBytes(8_000_000);

	await expectOk(proxy, large);
	assert.ok(server.asked[0].body.includes(large));
});

test('basicAuth and headers arrive instead of the client\'s', async t => {
	const certificate = makeCertificate(t);
	const { server, proxy } = await startBoth(t, certificate, {
		caFile: certificate.file, basicAuth: 'me:secret', headers: { 'X-Key': 'of mine' },
	});

	await post(proxy, form(visual, photo), { headers: { authorization: 'x', 'x-key': 'y' } });
	const [{ headers }] = server.asked;
	assert.equal(headers.authorization, `Basic ${btoa('me:secret')}`);
	assert.equal(headers['x-key'], 'of mine');
});

test('a server that is restarted between requests is asked again', async t => {
	const certificate = makeCertificate(t);
	const { server, proxy } = await startBoth(t, certificate, { caFile: certificate.file });
	const { port } = server.address();

	await expectOk(proxy);
	server.closeAllConnections();
	server.close();
	await once(server, 'close');
	const next = await startTls(t, certificate, port, '127.0.0.1');

	await expectOk(proxy);
	assert.equal(next.asked.length, 1);
});

test('an unverified certificate will do where the configuration says so', async t => {
	const certificate = makeCertificate(t, { of: 'DNS:other.example', from: -2, to: -1 });
	const { proxy } = await startBoth(t, certificate, { insecure: true });

	await expectOk(proxy);
});

const faults = {
	'that is self-signed': {
		isTrusted: false, says: 'the certificate is self-signed and not trusted',
	},
	'that has expired': { made: { from: -2, to: -1 }, says: 'the certificate has expired' },
	'of another name': {
		made: { of: 'DNS:other.example' }, says: 'the certificate is for another name',
	},
};

for (const [what, { made, isTrusted = true, says }] of Object.entries(faults))
	test(`a certificate ${what} is refused, and the answer and the health say why`, async t => {
		const certificate = makeCertificate(t, made);
		const config = isTrusted ? { caFile: certificate.file } : {};
		const { server, proxy } = await startBoth(t, certificate, config);
		const { status, body } = await post(proxy, form(visual, photo));
		const detail = `backend 'main': no TLS connection: ${says}`;

		assert.equal(status, 502);
		assert.equal(JSON.parse(body).detail, detail);
		const health = JSON.parse((await get(proxy, '/api/health')).body);

		assert.equal(health.main.status, 'unhealthy');
		assert.equal(health.main.error, `no TLS connection: ${says}`);
		assert.equal(server.asked.length, 0);
	});

test('a server that does not speak TLS is told apart', async t => {
	const { port } = (await startHttp(t, sendAnswer)).address();
	const proxy = await startProxy(t, configOf({ main: { url: `https://127.0.0.1:${port}` } }), 1);
	const { status, body } = await post(proxy, form(visual, photo));

	assert.equal(status, 502);
	assert.match(body, /no TLS connection: it does not speak TLS/);
});

// -- libcurl --------------------------------------------------------------------------------------

const withHttp = configOf({ one: { url: 'http://127.0.0.1:9' } });
const withHttps = configOf({
	one: { url: 'http://127.0.0.1:9' },
	two: { url: 'https://127.0.0.1:9', config: { enabled: false } },
});

function configure(proxy, config, query = '') {
	const headers = { 'content-type': 'application/json' };
	const body = JSON.stringify(config);

	return fetch(`${proxy.url}/api/config${query}`, { method: 'POST', headers, body }).then(answerOf);
}

const hasLibcurl = proxy =>
	readFileSync(`/proc/${proxy.child.pid}/maps`, 'latin1').includes('/libcurl.so.4');

test('libcurl is loaded with the first configuration that has an https backend', async t => {
	const proxy = await startProxy(t, withHttp);

	assert.equal(hasLibcurl(proxy), false);
	assert.equal((await configure(proxy, withHttps, '?dry=1')).status, 200);
	assert.equal(hasLibcurl(proxy), true);
	assert.equal(hasLibcurl(await startProxy(t, withHttps)), true);
});

test('without libcurl a configuration with an https backend is refused', async t => {
	const env = { LD_LIBRARY_PATH: dirname(file(t, 'libcurl.so.4', 'no library')) };
	const says = "https needs libcurl.so.4 (Debian's package libcurl4): ";
	const path = file(t, 'config.json', JSON.stringify(withHttps));
	const byEnvironment = { ...env, ML_DEFAULT_URL: 'http://b', ML_IMAGE_URL: 'https://b' };

	for (const args of [['--check-config', '--config', path], ['--config', path]]) {
		const { status, err } = await run(args, { env });

		assert.equal(status, 2);
		assert.ok(err.includes(`: backends[1].url: ${says}`), err);
	}
	const { err } = await run([], { env: byEnvironment, cwd: folder(t) });

	assert.ok(err.includes(says), err);

	const proxy = await startProxy(t, withHttp, 4, { env });

	for (const query of ['', '?dry=1']) {
		const { status, body } = await configure(proxy, withHttps, query);
		const { error, path: at } = JSON.parse(body);

		assert.deepEqual([status, at], [400, 'backends[1].url']);
		assert.ok(error.startsWith(says), error);
	}
	assert.equal((await configure(proxy, withHttp)).status, 200);
});
