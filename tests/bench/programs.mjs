// programs: what the bench starts on 127.0.0.1, and ends again, whatever happened.

import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 20_000; // valgrind takes its time
const STOP_MS = 10_000;
const POLL_MS = 20;
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;

const { BENCH_BIN } = process.env; // where mlproxy, bench_load and bench_stub are

export function ours(name) {
	return join(BENCH_BIN, name);
}

function canListen(port) {
	return new Promise(resolve => {
		const server = createServer();

		server.on('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}

// For those who cannot be asked which one they took. It is none of those that the kernel gives to
// connections, of which so many come and go here that one of them would take it in between.
export async function freePort() {
	for (;;) {
		const port = randomInt(PORT_MIN, PORT_MAX);

		if (await canListen(port))
			return port;
	}
}

function canConnect(port) {
	return new Promise(resolve => {
		const socket = connect(port, '127.0.0.1');

		socket.on('error', () => resolve(false)).on('connect', () => {
			socket.destroy();
			resolve(true);
		});
	});
}

class Program {
	constructor(command, options) {
		this.command = command;
		this.out = '';
		this.err = '';
		this.status = null; // the exit status, or the signal's name
		this.news = new EventEmitter();
		// It ends with this process, even if that is killed.
		this.child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], options);
		this.child.stdin.on('error', () => {});
		for (const name of ['out', 'err']) {
			this.child[`std${name}`]?.setEncoding('utf8').on('data', text => {
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

	get pid() {
		return this.child.pid;
	}

	fail(what) {
		throw new Error(`${this.command.join(' ')}: ${what}: ${this.err}${this.out}`);
	}

	// The matches in what it has said, once there are `count`.
	async says(pattern, count = 1) {
		for (;;) {
			const found = [...this.out.matchAll(pattern)];

			if (found.length >= count)
				return found;
			if (this.status !== null)
				this.fail(`ended with ${this.status}`);
			await once(this.news, 'news');
		}
	}

	async listens(port) {
		const end = performance.now() + START_MS;

		while (!await canConnect(port)) {
			if (this.status !== null || performance.now() > end)
				this.fail(`does not listen on ${port}`);
			await sleep(POLL_MS);
		}
	}

	async end() {
		while (this.status === null)
			await once(this.news, 'news');
		return this.status;
	}

	async stop() {
		const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);

		if (this.status === null)
			this.child.kill('SIGTERM');
		await this.end();
		clearTimeout(timer);
	}
}

// Calls run({ start, folder }): what start(command, options) has started is ended when run is over,
// the last one first, and the folder is gone.
export async function withPrograms(run) {
	const folder = mkdtempSync(join(tmpdir(), 'mlproxy-bench-'));
	const started = [];
	const start = (command, options = {}) => {
		started.unshift(new Program(command, { cwd: folder, ...options }));
		return started[0];
	};

	chmodSync(folder, 0o755); // nginx's workers are another user
	try {
		return await run({ start, folder });
	} finally {
		for (const program of started)
			await program.stop();
		rmSync(folder, { recursive: true });
	}
}

// A stub with so many ports.
export async function startStub({ start }, count, latencyMs = 0) {
	const stub = start([ours('bench_stub'), '-l', String(latencyMs), ...Array(count).fill('0')]);
	const found = await stub.says(/^listening on 127\.0\.0\.1:(\d+)$/gm, count);

	return Object.assign(stub, { ports: found.map(([, port]) => Number(port)) });
}

// What the load generator says at its end.
export async function resultOf(load) {
	await load.end();
	const found = /^\{.*\}$/m.exec(load.out);

	return found ? JSON.parse(found[0]) : load.fail(`ended with ${load.status}`);
}

export function startLoad({ start }, port, args) {
	return start([ours('bench_load'), ...args.map(String), String(port)]);
}
