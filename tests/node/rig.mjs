// rig: what these tests share: mlproxy and mlmock as processes on free ports, requests as Immich's
// server makes them, and what the mocks say they have received.
//
// MLPROXY_BIN, MLMOCK_BIN and MLREPLAY_BIN name the programs. Each ends with its test, whatever happened, and
// must end with status 0, so that what a sanitizer has found fails the test too. There is no sleep:
// what is waited for is a line of output, an answer or an event, for no longer than a test's time.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
	mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as nodeTest } from 'node:test';
import { fileURLToPath } from 'node:url';

const { MLPROXY_BIN, MLMOCK_BIN, MLREPLAY_BIN } = process.env;

assert.ok(MLPROXY_BIN && MLMOCK_BIN && MLREPLAY_BIN,
	'MLPROXY_BIN, MLMOCK_BIN and MLREPLAY_BIN must name the programs');

const TEST_MS = 120_000; // sanitizers are slow, and so is a machine that does other things too
const RUN_MS = 100_000; // less, so that the test still says what hung
const STOP_MS = 20_000;

export const hasIpv6 = networkInterfaces().lo?.some(({ address }) => address === '::1');

export function test(name, run) {
	nodeTest(name, { timeout: TEST_MS }, run);
}

// -- the end of a test ----------------------------------------------------------------------------

const endings = new WeakMap();

// At the end of a test, whether it has failed or another of these has.
export function atEnd(t, run) {
	if (!endings.has(t)) {
		endings.set(t, []);
		t.after(async () => {
			const results = await Promise.allSettled(endings.get(t).map(end => end()));
			const failed = results.find(({ status }) => status === 'rejected');

			if (failed)
				throw failed.reason;
		});
	}
	endings.get(t).push(async () => run());
}

// -- processes ------------------------------------------------------------------------------------

// What the machine's own environment says of mlproxy is none of the tests' business.
function environment(extra) {
	const ours = new RegExp('^(MLPROXY_.*|ML_(TEXT|IMAGE|DEFAULT)_URL|MAX_BODY_SIZE' +
		'|STATE_DIRECTORY|NOTIFY_SOCKET|WATCHDOG_(USEC|PID))$');
	const own = Object.entries(process.env).filter(([name]) => !ours.test(name));

	return { ...Object.fromEntries(own), ...extra };
}

class Program {
	// `before`: a command that runs it, such as `prlimit --fsize=0`.
	constructor(path, args, { env = {}, cwd, before = [] } = {}) {
		this.path = path;
		this.out = '';
		this.err = '';
		this.status = null; // the exit status, or the signal's name
		this.news = new EventEmitter();
		// Nobody outlives the tests, even if they are killed.
		this.child = spawn('setpriv', ['--pdeathsig', 'KILL', ...before, path, ...args], {
			cwd,
			env: environment(env),
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		for (const [name, stream] of [['out', this.child.stdout], ['err', this.child.stderr]]) {
			stream.setEncoding('utf8').on('data', text => {
				this[name] += text;
				this.news.emit('news');
			});
		}
		this.child.on('error', error => (this.err += error));
		this.child.on('close', (code, signal) => {
			this.status = signal ?? code;
			this.news.emit('news');
		});
	}

	// The matches in what it has written to `stream`, once there are `count`.
	async matches(stream, pattern, count = 1) {
		for (;;) {
			const found = [...this[stream].matchAll(pattern)];

			if (found.length >= count)
				return found;
			assert.equal(this.status, null, `ended before it said ${pattern}: ${this.err}`);
			await once(this.news, 'news');
		}
	}

	async end() {
		while (this.status === null)
			await once(this.news, 'news');
		return this.status;
	}

	async signal(name) {
		const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);

		this.child.kill(name);
		await this.end();
		clearTimeout(timer);
	}

	// For the end of a test: whoever has ended before must have been meant to. What it has said is
	// printed, since of a test that has failed before no second error is shown.
	async stop() {
		if (this.wasMeantToEnd)
			return;
		if (this.status === null)
			await this.signal('SIGTERM');
		if (this.status !== 0)
			console.error(this.err);
		assert.equal(this.status, 0, `${this.path} ended with ${this.status}`);
	}

	async kill() {
		this.wasMeantToEnd = true;
		await this.signal('SIGKILL');
	}

	// It keeps its port and its connections, and does nothing until it is woken.
	async fallAsleep() {
		this.child.kill('SIGSTOP');
		await until(() => / T /.test(readFileSync(`/proc/${this.child.pid}/stat`)));
	}

	wakeUp() {
		this.child.kill('SIGCONT');
	}
}

async function runProgram(path, args, options) {
	const program = new Program(path, args, options);
	const timer = setTimeout(() => program.child.kill('SIGKILL'), RUN_MS);

	await program.end();
	clearTimeout(timer);
	return program;
}

// Runs mlproxy until it ends by itself.
export function run(args, options) {
	return runProgram(MLPROXY_BIN, args, options);
}

// The same with mlmock, and with mlreplay.
export function mock(args, options) {
	return runProgram(MLMOCK_BIN, args, options);
}

export function replay(args, options) {
	return runProgram(MLREPLAY_BIN, args, options);
}

// mlreplay while it is at work; whoever starts it waits for its end.
export function startReplay(args, options) {
	return new Program(MLREPLAY_BIN, args, options);
}

// A program that says where it listens.
async function startServer(t, path, args) {
	const server = new Program(path, args);

	atEnd(t, () => {
		server.wakeUp();
		return server.stop();
	});
	const [[, address]] = await server.matches('out', /^listening on (\S+)$/gm);
	return Object.assign(server, { address, url: `http://${address}` });
}

// It closes a connection that has rested for 2 s, like the service, and on a busy machine a test may be
// about to use it: those of a test's own are used once.
export async function startMock(t, name, { listen = '127.0.0.1:0', args = [] } = {}) {
	const mock = await startServer(t, MLMOCK_BIN, ['--listen', listen, '--name', name, ...args]);

	return Object.assign(mock, { headers: { connection: 'close' } });
}

// A backend of Node's that is a process, so that it can fall asleep; `backlog` connections wait.
export function startNode(t, backlog) {
	const script = fileURLToPath(new URL('backend.mjs', import.meta.url));

	return startServer(t, process.execPath, [script, String(backlog)]);
}

// A service manager; its address is what $NOTIFY_SOCKET would be.
export function startManager(t) {
	const script = fileURLToPath(new URL('manager.py', import.meta.url));

	return startServer(t, 'python3', [script, join(folder(t), 'notify')]);
}

// Starts mlproxy as it is told, in a folder of its own, and waits until it listens everywhere.
export async function startProxyWith(t, args, { listeners = 1, ...options } = {}) {
	const proxy = new Program(MLPROXY_BIN, args, { cwd: folder(t), ...options });

	atEnd(t, () => proxy.stop());
	const isListening = /event(?:=|":")listening(?: |",")address(?:=|":")([^\s"]+)/g;
	const found = await proxy.matches('err', isListening, listeners);
	const addresses = found.map(([, address]) => address);
	return Object.assign(proxy, { addresses, url: `http://${addresses[0]}` });
}

export function startProxy(t, config, workers = 4, options = {}) {
	const path = file(t, 'config.json', JSON.stringify(config));

	return startProxyWith(t,
		['--config', path, '--listen', '127.0.0.1:0', '--workers', String(workers)], options);
}

// How often a request has moved to another backend, as the requests' own lines say.
export function countMoves(proxy) {
	const lines = proxy.err.split('\n').filter(line => line.includes(' tried='));

	return lines.reduce((sum, line) => sum + Number(line.match(/ attempts=(\d+) /)[1]) - 1, 0);
}

export function folder(t) {
	const path = mkdtempSync(join(tmpdir(), 'mlproxy-test-'));

	atEnd(t, () => rmSync(path, { recursive: true }));
	return path;
}

export function file(t, name, text) {
	const path = join(folder(t), name);

	writeFileSync(path, text);
	return path;
}

// -- backends written here ------------------------------------------------------------------------

// A server that its test can make behave as it likes.
export async function listen(t, server, ...at) {
	const sockets = new Set();

	server.on('connection', socket => {
		sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
	});
	atEnd(t, () => {
		server.close();
		for (const socket of sockets)
			socket.destroy();
	});
	await once(server.listen(...(at.length ? at : [0, '127.0.0.1'])), 'listening');
	return Object.assign(server, { url: `http://127.0.0.1:${server.address().port}` });
}

// Pings, which come in the background, are answered here, each over a connection of its own, so that
// the test sees nothing but what it asks for.
export function startHttp(t, onRequest, ...at) {
	const answerAny = (request, response) => {
		if (request.url.endsWith('/ping'))
			response.setHeader('connection', 'close').end('pong');
		else
			onRequest(request, response);
	};

	return listen(t, createHttpServer({ keepAliveTimeout: 0 }, answerAny), ...at);
}

export const answer = '{"clip":"[0.5]"}';

export function sendAnswer(request, response) {
	request.resume().on('end', () => {
		response.setHeader('content-type', 'application/json');
		response.end(answer);
	});
}

// -- memory ---------------------------------------------------------------------------------------

// A sanitizer's own memory says nothing about a program's.
export const isSanitized = ['ASAN_OPTIONS', 'TSAN_OPTIONS'].some(name => name in process.env);

const SAMPLE_MS = 50;

// What a program holds in memory: `now`, `max` so far, in bytes.
export function watchMemory(t, { child }) {
	const memory = { max: 0 };
	const sample = () => {
		const [, kib] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`));

		memory.now = kib * 1024;
		memory.max = Math.max(memory.max, memory.now);
	};
	const timer = setInterval(sample, SAMPLE_MS);

	atEnd(t, () => clearInterval(timer));
	sample();
	return memory;
}

// The files that a program has open and that have no name any more: what it has spilled.
export function unnamedFiles({ child }) {
	const folder = `/proc/${child.pid}/fd`;
	const target = name => {
		try {
			return readlinkSync(`${folder}/${name}`);
		} catch {
			return ''; // closed since
		}
	};

	return readdirSync(folder).map(target).filter(path => path.endsWith(' (deleted)'));
}

// A command that runs another with its own view of the files: `mount` is a script in which "$0" is
// the path.
export function mounted(path, mount) {
	return ['unshare', '--map-root-user', '--mount', 'sh', '-c', `${mount} && exec "$@"`, path];
}

// Whether such a command, or another that runs one, is allowed here.
export function canRun([command, ...args]) {
	return spawnSync(command, [...args, 'true']).status === 0;
}

// -- the usual machines ---------------------------------------------------------------------------

// Where two backends are, and what goes where.
export const layouts = {
	'over one backend': {},
	'over one backend, all looked at': { inspect: 'whole' },
	'over routes': { modelTypeRouting: { textual: 'other' } },
	'over a split': { taskRouting: { 'facial-recognition': 'other' } },
	'over pools': { taskRouting: { clip: ['main', 'other'], ocr: ['other', 'main'] } },
};

// One mock to be asked directly, two behind a proxy.
export async function startAll(t, routes, mockArgs = []) {
	const start = name => startMock(t, name, { args: mockArgs });
	const [direct, main, other] = await Promise.all(['direct', 'main', 'other'].map(start));
	const proxy = await startProxy(t, configOf({ main, other }, routes));

	return { direct, main, other, proxy };
}

// The first backend is the default one; `config` is what else is said of a backend.
export function configOf(backends, routes = {}) {
	const list = Object.entries(backends)
		.map(([name, { url, config }]) => ({ name, url, ...config }));

	return { defaultBackend: list[0].name, backends: list, ...routes };
}

// -- requests -------------------------------------------------------------------------------------

export const tasks = {
	visual: { clip: { visual: { modelName: 'ViT-B-32__openai' } } },
	textual: { clip: { textual: { modelName: 'ViT-B-32__openai', options: { language: 'de' } } } },
	faces: {
		'facial-recognition': {
			detection: { modelName: 'buffalo_l', options: { minScore: 0.7 } },
			recognition: { modelName: 'buffalo_l' },
		},
	},
	ocr: {
		ocr: {
			detection: {
				modelName: 'PP-OCRv5_mobile',
				options: { minScore: 0.5, maxResolution: 736 },
			},
			recognition: { modelName: 'PP-OCRv5_mobile', options: { minScore: 0.8 } },
		},
	},
};

export function fixture(name) {
	return readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
}

export const photo = fixture('pictures/astronaut.jpg');

// Entries as they stand or as Immich writes them; a picture is a Blob without a type, as there.
export function form(entries, payload) {
	const data = new FormData();

	data.append('entries', typeof entries === 'string' ? entries : JSON.stringify(entries));
	addPayload(data, payload);
	return data;
}

export function addPayload(data, payload) {
	if (typeof payload === 'string')
		data.append('text', payload);
	else if (payload)
		data.append('image', new Blob([payload]));
}

// A form as fetch would send it, written once.
export async function written(entries, payload) {
	const request = new Request('http://unused', { method: 'POST', body: form(entries, payload) });
	const headers = { 'content-type': request.headers.get('content-type') };

	return { body: Buffer.from(await request.arrayBuffer()), headers };
}

// What a backend gets of a payload: FormData's line ends are CRLF.
export function digest(payload) {
	const bytes = typeof payload === 'string' ? payload.replace(/\r\n?|\n/g, '\r\n') : payload;

	return createHash('sha256').update(bytes).digest('hex');
}

export async function post(server, body, { headers, ...options } = {}) {
	const all = { ...server.headers, ...headers };

	return answerOf(
		await fetch(`${server.url}/predict`, { method: 'POST', body, headers: all, ...options }));
}

export async function get(server, path) {
	return answerOf(await fetch(server.url + path, { headers: server.headers }));
}

export async function answerOf(response) {
	const type = response.headers.get('content-type');

	return { status: response.status, type, body: await response.text() };
}

const isPredict = ({ target }) => /^\/predict\b/.test(target);

// How often a mock has been asked to predict, answered or not, as far back as it remembers.
export async function count(mock) {
	const { requests } = JSON.parse((await get(mock, '/__mock/requests')).body);

	return requests.filter(isPredict).length;
}

// How many bytes of clients have gone on to backends within the kernel.
export async function spliced(proxy) {
	const { body } = await get(proxy, '/metrics');

	return Number(/^mlproxy_client_spliced_bytes_total (\d+)/m.exec(body)[1]);
}

// What a mock has been asked to predict since it was last asked this, oldest first.
export async function received(mock) {
	const { requests, count: all } = JSON.parse((await get(mock, '/__mock/requests')).body);
	const since = mock.told ?? 0;

	mock.told = all;
	return requests.filter(request => request.n > since && isPredict(request));
}

// Asks again and again, and lets happen what will in between.
export async function until(isSo) {
	while (!await isSo())
		await new Promise(setImmediate);
}
