// The log of a whole run as a program reads it: each line is JSON, whatever clients and backends
// do, and nothing in it is theirs to hide or to show.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';

import {
	configOf, countMoves, form, get, photo, post, startMock, startProxy, tasks, test, until,
} from './rig.mjs';

const SECRET = 'hush-hush';

// What a client may send that is not a request, or not a good one.
const rude = [
	'GET /"}{"level":"error"\\ HTTP/1.1\r\nhost: a\r\n\r\n',
	'GET /\x7f\x1b[2J HTTP/1.1\r\nhost: a\r\n\r\n',
	`GET /${SECRET}/%22%0a HTTP/1.1\r\nhost: a\r\n\r\n`,
	`G"E'T /nope HTTP/1.1\r\nhost: a\r\n\r\n`,
	`GET /nope?${SECRET} HTTP/1.1\r\nhost: a\r\nx-request-id: "},{"\r\n\r\n`,
	`GET /nope HTTP/1.1\r\nhost: a\r\nauthorization: ${SECRET}\r\nx-request-id: a=b\r\n\r\n`,
	'GET / HTTP/9.9\r\n\r\n',
	'\x00\xff\xfe"\\\n\n',
];

// Names of tasks and models are clients' own.
const oddNames = ['"', '\\', '\n', '\u0000', '\u202e', 'ä,', '}', ' level=error', '\ud83d\ude00'];
const odd = Object.fromEntries(
	oddNames.map(name => [name, { visual: { modelName: `${name}${name}` } }]));

async function sendRude(proxy, bytes) {
	const { hostname, port } = new URL(proxy.url);
	const socket = connect(port, hostname).on('error', () => {});

	socket.end(Buffer.from(bytes, 'latin1'));
	socket.resume();
	await once(socket, 'close');
}

async function start(t, format) {
	const [main, other] = await Promise.all(['main', 'other'].map(name => startMock(t, name)));
	const routes = { defaultBackend: ['main', 'other'], debugHeaders: true };
	const env = { MLPROXY_LOG_FORMAT: format };
	const proxy = await startProxy(t, configOf({ main, other }, routes), 4, { env });

	return { main, proxy };
}

// Good requests, odd ones, rude ones, and one that moves to another backend.
async function misbehave({ main, proxy }) {
	await Promise.all(Object.values(tasks).map(entries => post(proxy, form(entries, photo))));
	await post(proxy, form(tasks.textual, SECRET));
	await post(proxy, form(odd, photo));
	await post(proxy, form('{"broken', photo));
	for (const bytes of rude)
		await sendRude(proxy, bytes);
	await main.stop();
	for (let i = 0; i < 4; i++)
		await post(proxy, form(tasks.visual, photo));
	await get(proxy, '/ping');
}

function linesOf({ err }) {
	return err.split('\n').slice(0, -1);
}

// Those of an object's text, doubled ones twice.
function countKeys(text) {
	return text.match(/"(?:[^"\\]|\\.)*":?/g).filter(string => string.endsWith(':')).length;
}

test('every line of a run with --log-format json is an object', async t => {
	const { main, proxy } = await start(t, 'json');

	await misbehave({ main, proxy });
	await proxy.stop();
	const lines = linesOf(proxy);
	const events = lines.map(line => JSON.parse(line));
	const last = events.filter(({ tasks: names }) => names?.includes('clip')).at(-1);

	for (const [i, event] of events.entries()) {
		assert.equal(Object.keys(event).length, countKeys(lines[i]), lines[i]);
		assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.match(event.level, /^(?:info|warn)$/);
	}
	assert.ok(events.some(({ event }) => event === 'failover'));
	assert.ok(events.some(({ event }) => event === 'refused'));
	assert.deepEqual(events.find(({ tasks: names }) => names?.includes('\n')).tasks,
		[...oddNames.slice(0, 8), '...']);
	assert.ok(!proxy.err.includes(SECRET));
	assert.equal(last.status, 200);
	assert.equal(last.complete, true);
	assert.deepEqual(last.models, ['ViT-B-32__openai']);
	assert.ok(last.bytes_in > photo.length && last.bytes_out > 1000);
	assert.ok(last.backend_ms > 0 && last.total_ms >= last.backend_ms);
});

test('no line of a run shows bytes that are obeyed, or a second event', async t => {
	const { main, proxy } = await start(t, 'logfmt');

	await misbehave({ main, proxy });
	await proxy.stop();
	for (const line of linesOf(proxy)) {
		assert.match(line, /^time=\S+ level=(?:info|warn) event=[a-z-]+ /);
		assert.match(line, /^[\x20-\x7e\xa0-\u{10ffff}]*$/u);
		assert.ok(!/[\u2028-\u202e\u2066-\u2069]/.test(line), line);
		assert.equal(line.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/ level=/g).length, 1, line);
	}
	assert.ok(countMoves(proxy) > 0);
	assert.ok(!proxy.err.includes(SECRET));
});

test('with debugHeaders an answer says how long what took', async t => {
	const { proxy } = await start(t, 'logfmt');
	const response = await fetch(`${proxy.url}/predict`,
		{ method: 'POST', body: form(tasks.visual, photo) });
	const timing = response.headers.get('server-timing');

	await response.arrayBuffer();
	assert.match(timing, /^queue;dur=\d+\.\d, backend;dur=\d+\.\d, total;dur=\d+\.\d$/);
	await until(async () => / event=exchange /.test(proxy.err));
});
