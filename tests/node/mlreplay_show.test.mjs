// What people look into a capture with: inspect and show.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { capture, sha256 } from './capture.mjs';
import { file, listen, photo, replay, tasks, test } from './rig.mjs';

const { MLREPLAY_BIN } = process.env;
const vector = JSON.stringify({ clip: '[0.6,0.8]' });

// All that it writes to stdout, as bytes; `stdin` is there so that a pipe can be one.
async function bytesOf(command, args) {
	const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	const out = [];
	const err = [];

	child.stdout.on('data', bytes => out.push(bytes));
	child.stderr.on('data', bytes => err.push(bytes));
	const [status] = await once(child, 'close');
	return { status, out: Buffer.concat(out), err: String(Buffer.concat(err)) };
}

function blobOf(path, bytes) {
	return join(path, 'blobs', sha256(bytes).slice(0, 2), sha256(bytes));
}

const hostile = {
	entries: { clip: { '\u001b]0;x\u0007': { modelName: '\u009b31m' } } },
	url: 'http://h/predict?\u001b[2J',
	payload: 'text',
	answer: '"\u001b[31m\u202e"',
	fields: { 'x-name': '\u001b[2J', 'x-city': 'Z\u009brich' },
	own: { _id: '\u001b[3J', _error: '\u0007\u009b', _backend: 'b\u001b', _reason: '\u0000' },
};

test('inspect counts what is alike, and what is different', async t => {
	const path = await capture(t, [
		{ entries: tasks.visual, payload: photo, answer: vector, ms: 10 },
		{ entries: tasks.visual, payload: photo, answer: vector, ms: 30, own: {
			startedDateTime: '2026-11-21T07:59:59.000Z' } },
		{ entries: tasks.faces, payload: photo, status: 500, answer: 'no' },
		{ entries: tasks.textual, payload: 'a dog', answer: vector, own: { _side: 'backend',
			_backend: 'texts', _exchange: 1 } },
		{ status: 0, own: { _fault: 'reset', _faultAt: 7 } },
	]);
	const { status, out, err } = await replay(['inspect', path]);
	const rows = out.split('\n').map(line => line.split(/ {2,}/));

	assert.deepEqual({ status, err }, { status: 0, err: '' });
	assert.deepEqual(rows[0], ['of', 'task', 'model', 'body', 'answer', 'count', 'p50 ms', 'p95 ms',
		'max ms']);
	assert.deepEqual(rows.slice(1, 5).map(row => row.slice(0, 6)), [
		['client', 'GET predict', 'none', 'reset', '1', '10.0'],
		['client', 'clip.visual', 'ViT-B-32__openai', '< 64 KiB', '200', '2'],
		['client', 'facial-recognition', 'buffalo_l', '< 64 KiB', '500', '1'],
		['texts', 'clip.textual', 'ViT-B-32__openai', '< 16 KiB', '200', '1'],
	]);
	assert.deepEqual(rows[2].slice(-1), ['30.0']);
	assert.match(out, /^4 requests of clients, 1 to backends, from 2026-11-21T07:59:59\.000Z on, within 5\.0 s$/m);
	assert.match(out, /^3 different questions, 1 asked again$/m);
	assert.match(out, /^0\.1 MiB of requests, 0\.0 MiB of them different; 0\.0 MiB of answers$/m);
});

test('show says all of one exchange', async t => {
	const path = await capture(t, [
		{ entries: tasks.textual, payload: 'a dog', answer: vector },
		{ entries: tasks.visual, payload: photo, answer: vector, ms: 12.5 },
		{ entries: tasks.visual, payload: photo, status: 0, own: { _side: 'backend', _exchange: 2,
			_backend: 'gpu', _route: 'taskRouting.clip', _reason: 'task', _attempt: 3,
			_error: 'broke off', _fault: 'reset', _faultAt: 17 } },
	]);
	const { status, out } = await replay(['show', path, '2']);

	assert.equal(status, 0);
	assert.match(out, /^#2 {2}clip\.visual ViT-B-32__openai\nat .*\/capture\.har:3: byte \d+\n/);
	assert.match(out, /^begun {5}2026-11-21T08:00:01\.000Z$/m);
	assert.match(out, /^took {6}send 0\.0 ms, wait 12\.5 ms, receive 0\.0 ms$/m);
	assert.match(out, /^POST http:\/\/immich-ml:3003\/predict HTTP\/1\.1$/m);
	assert.match(out, new RegExp(
		`^ {2}--part 1 {2}image, file "blob", ${photo.length} bytes, sha256 ${sha256(photo)}$`, 'm'));
	assert.match(out, /^\{"clip":\{"visual":\{"modelName":"ViT-B-32__openai"\}\}\}$/m);
	assert.match(out, /^HTTP\/1\.1 200 OK$/m);
	assert.ok(out.endsWith(`${vector}\n`));
	assert.doesNotMatch(out, /^for /m);

	const failed = (await replay(['show', path, '3'])).out;
	assert.match(failed, /^for {7}#2\nbackend {3}gpu\nroute {5}taskRouting\.clip\nreason {4}task$/m);
	assert.match(failed, /^attempt {3}3$/m);
	assert.match(failed, /^error {5}broke off\nfault {5}reset, at byte 17 of the answer\nno answer$/m);
});

test('what a capture holds is nothing that a terminal obeys', async t => {
	const path = await capture(t, [
		hostile,
		{ ...hostile, url: 'http://h/predict', fields: { 'x-city': 'Z\u009brich' } },
	]);

	for (const args of [['inspect', path], ['show', path, '1'], ['show', path, '2', '--curl']]) {
		const { status, out, err } = await replay(args);

		assert.equal(status, 0, err);
		assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
	}
});

test('show --part gives the bytes as they were, and to no terminal', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, answer: vector }]);
	const show = (...args) => bytesOf(MLREPLAY_BIN, ['show', path, '1', ...args]);

	assert.deepEqual(await show('--part', '1'), { status: 0, out: photo, err: '' });
	assert.deepEqual((await show('--part', '0')).out, Buffer.from(JSON.stringify(tasks.visual)));
	assert.deepEqual((await show('--part', 'answer')).out, Buffer.from(vector));
	const body = await show('--part', 'body');
	assert.ok(body.out.includes(photo) && body.out.subarray(0, 2).equals(Buffer.from('--')));

	const refused = await bytesOf('script',
		['-qefc', `'${MLREPLAY_BIN}' show '${path}' 1 --part 1`, '/dev/null']);
	assert.equal(refused.status, 2);
	assert.equal(refused.out.toString(), 'mlreplay: --part: found a terminal, which may obey the ' +
		'bytes; wanted a file or a pipe\r\n');
});

// Runs what show --curl has written in sh, and says what came of it at the server.
async function sent(t, path, number) {
	const requests = [];
	const server = await listen(t, createServer(async (request, response) => {
		const { method, url, headers, rawHeaders } = request;
		const chunks = [];

		for await (const chunk of request)
			chunks.push(chunk);
		requests.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks) });
		response.end();
	}));
	const { status, out, err } = await replay(['show', path, number, '--curl']);

	assert.equal(status, 0, err);
	const script = out.replaceAll('http://immich-ml:3003', server.url);
	const shell = await bytesOf('sh', [file(t, 'script', script)]);
	assert.deepEqual({ status: shell.status, requests: requests.length },
		{ status: 0, requests: 1 }, shell.err);
	return requests[0];
}

test('show --curl sends the request again as it was', async t => {
	const path = await capture(t, [
		{
			entries: tasks.visual,
			payload: photo,
			fields: { 'x-quote': "it's $(x) `y` \\ \"z\"", 'x-empty': '', authorization: '(redacted)' },
			url: "http://immich-ml:3003/predict?a='$(x)'[1-3]{b}",
		},
		{ url: 'http://immich-ml:3003/ping' },
	]);
	const { method, url, headers, rawHeaders, body } = await sent(t, path, '1');

	assert.equal(method, 'POST');
	assert.equal(url, "/predict?a='$(x)'[1-3]%7Bb%7D");
	assert.equal(headers['x-quote'], "it's $(x) `y` \\ \"z\"");
	assert.equal(headers['x-empty'], '');
	assert.match(headers['content-type'], /^multipart\/form-data; boundary=/);
	assert.deepEqual(rawHeaders.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase()).sort(),
		['content-length', 'content-type', 'host', 'x-empty', 'x-quote']);
	assert.deepEqual(body, (await bytesOf(MLREPLAY_BIN, ['show', path, '1', '--part', 'body'])).out);

	const ping = await sent(t, path, '2');
	assert.deepEqual([ping.method, ping.url, ping.body.length], ['GET', '/ping', 0]);
	assert.equal(ping.headers['content-length'], undefined);
});

test('show names what is wrong', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo }]);
	const cases = [
		[['show', path, '2'], 2, 'N: found 2, wanted the number of an entry'],
		[['show', path, 'x'], 2, 'N: found "x", wanted the number of an entry'],
		[['show', path, '1', '--part', '2'], 2, '--part: found 2, wanted one of the 2 of #1'],
		[['show', path, '1', '--part', 'x'], 2,
			'--part: found "x", wanted the number of a part, body, or answer'],
		[['show', path, '1', '--part', '0', '--curl'], 2,
			'--part and --curl: found both, wanted one of them'],
		[['inspect', '/nonexistent'], 2, '/nonexistent: No such file or directory'],
	];

	for (const [args, status, says] of cases) {
		const { status: found, out, err } = await replay(args);

		assert.deepEqual({ found, out, err }, { found: status, out: '', err: `mlreplay: ${says}\n` });
	}
});

test('a capture that is corrupt ends with 4, and where', async t => {
	const path = await capture(t, [
		{ entries: tasks.visual, payload: photo, answer: vector },
		{ entries: tasks.textual, payload: 'a dog', answer: vector },
	]);
	const name = join(path, 'capture.har');
	const text = readFileSync(name, 'utf8');
	const blob = blobOf(path, photo);

	writeFileSync(name, text.replace('a dog', 'a cat'));
	for (const args of [['inspect', path], ['show', path, '2'], ['diff', path, path]]) {
		const { status, err } = await replay(args);

		assert.equal(status, 4);
		assert.ok(err.startsWith(`mlreplay: ${name}:3: byte ${text.indexOf('\n,') + 2}`), err);
	}
	writeFileSync(name, text);
	writeFileSync(blob, Buffer.alloc(photo.length));
	const { status, err } = await replay(['show', path, '1', '--part', '1'],
		{ before: ['sh', '-c', 'exec "$@" >/dev/null', 'sh'] });
	assert.equal(status, 4);
	assert.ok(err.startsWith(`mlreplay: ${name}:2: byte `), err);
});

test('a last line that is not whole is left out, and said', async t => {
	const path = await capture(t, [
		{ entries: tasks.visual, payload: photo, answer: vector },
		{ entries: tasks.textual, payload: 'a dog', answer: vector },
	]);
	const name = join(path, 'capture.har');
	const text = readFileSync(name, 'utf8');
	const target = ['--target', 'http://127.0.0.1:9', '--dry-run'];

	writeFileSync(name, text.slice(0, -50));
	for (const args of [['inspect', path], ['show', path, '1'], ['run', path, ...target],
		['diff', path, path]]) {
		const { status, out, err } = await replay(args);

		assert.equal(status, 0, err);
		assert.ok(out);
		if (args[0] !== 'show') // which has not come so far
			assert.match(err, /^mlreplay: \S+\/capture\.har:3: byte \d+: the last line is not whole/);
	}
	assert.equal((await replay(['show', path, '2'])).status, 2);
	assert.equal((await replay(['verify', path])).status, 4);
});

test('entries that are lost with their blob are a corrupt capture', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, isAllBlobs: true }]);

	assert.match((await replay(['show', path, '1'])).out, /^#1 {2}clip\.visual ViT-B-32__openai$/m);
	rmSync(blobOf(path, JSON.stringify(tasks.visual)));
	const { status, err } = await replay(['inspect', path]);
	assert.equal(status, 4);
	assert.ok(err.startsWith(`mlreplay: ${path}/capture.har:2: byte `), err);
});

const packers = { gzip: gzipSync, br: brotliCompressSync };

for (const [coding, pack] of Object.entries(packers))
	test(`show unpacks an answer that was sent as ${coding}, and says so`, async t => {
		const packed = pack(vector);
		const path = await capture(t, [{ entries: tasks.textual, payload: 'a dog', own: { response: {
			status: 200, statusText: 'OK', httpVersion: 'HTTP/1.1', cookies: [],
			headers: [{ name: 'content-encoding', value: coding }],
			content: { size: packed.length, mimeType: 'application/json', encoding: 'base64',
				text: packed.toString('base64') },
			redirectURL: '', headersSize: -1, bodySize: packed.length } } }]);
		const { status, out } = await replay(['show', path, '1']);

		assert.equal(status, 0);
		assert.ok(out.endsWith(`\n${packed.length} bytes, here without its coding, ${coding}: ` +
			`${vector.length} bytes\n${vector}\n`), out);
	});
