// measure: one cell of the bench: a peer, started anew with a stub of its own, under one load.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { STUB_PORTS } from './peers.mjs';
import { resultOf, startLoad, startStub, withPrograms } from './programs.mjs';

const TICKS_A_SECOND = 100; // USER_HZ, which is no other on Linux
const SAMPLE_MS = 50;
const SETTLE_MS = 300;
const SCRAPE_MS = 1000;
const STALL_MS = 5000;

// -- what the kernel knows of a program -----------------------------------------------------------

// Of /proc/PID/stat: the fields from the third on, the process's state.
function statOf(pid) {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
	} catch {
		return null; // gone
	}
}

// It and all that it has started.
function processesOf(pid) {
	const all = readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number);
	const parents = new Map(all.map(id => [id, Number(statOf(id)?.[1])]));
	const isOf = id => id === pid || (parents.has(id) && isOf(parents.get(id)));

	return all.filter(isOf);
}

// Seconds, of user and system.
function cpuOf(program) {
	const ticks = pid => statOf(pid)?.slice(11, 13).reduce((sum, n) => sum + Number(n), 0) ?? 0;

	return program
		? processesOf(program.pid).reduce((sum, pid) => sum + ticks(pid), 0) / TICKS_A_SECOND
		: 0;
}

// MiB; what processes share is counted once.
function memoryOf(program) {
	const kib = pid => {
		const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');

		return Number(/^Pss: +(\d+) kB$/m.exec(rollup)[1]);
	};

	return processesOf(program.pid).reduce((sum, pid) => sum + kib(pid), 0) / 1024;
}

// -- a cell ---------------------------------------------------------------------------------------

async function statsOf({ ports }) {
	const ask = async port => (await fetch(`http://127.0.0.1:${port}/stats`)).json();

	return Promise.all(ports.map(ask));
}

// Calls run(programs, peer, stub) with all started.
function withPeer(peer, latencyMs, run) {
	return withPrograms(async programs => {
		const stub = await startStub(programs, STUB_PORTS, latencyMs);
		const { port, program } = await peer.start(programs, stub.ports);

		return run(programs, { ...peer, port, program }, stub);
	});
}

function watch({ isWatched, port }) {
	const read = () => fetch(`http://127.0.0.1:${port}/metrics`).then(answer => answer.text());

	return isWatched ? setInterval(read, SCRAPE_MS) : null;
}

// What the stub has refused is a fault that the load generator has seen too, unless it was hidden.
async function faultsOf({ faults, why }, stub) {
	const bad = (await statsOf(stub)).reduce((sum, { bad }) => sum + bad, 0);

	return { faults: Math.max(faults, bad), why: why || (bad ? 'the stub got what nobody sent' : '') };
}

// Requests a second, CPU seconds for 1,000, and times in milliseconds.
export function measureLoad(peer, { task, bytes, clients, latencyMs = 0 }, { seconds, warmup }) {
	return withPeer(peer, latencyMs, async (programs, { program, port }, stub) => {
		const watching = watch({ ...peer, port });
		const before = cpuOf(program);
		const load = startLoad(programs, port, ['-c', clients, '-t', peer.task ?? task, '-b', bytes,
			'-d', Math.round(1000 * seconds), '-w', Math.round(1000 * warmup)]);
		const result = await resultOf(load);
		const cpu = cpuOf(program) - before;

		clearInterval(watching);
		return { ...result, cpu: 1000 * cpu / result.answered, ...await faultsOf(result, stub) };
	});
}

// MiB: when it has just started, while the load is held, and the most until then.
export function measureMemory(peer, args, latencyMs = 0) {
	return withPeer(peer, latencyMs, async (programs, { program, port }, stub) => {
		const start = memoryOf(program);
		let most = start;
		const sampling = setInterval(() => (most = Math.max(most, memoryOf(program))), SAMPLE_MS);
		const load = startLoad(programs, port, args);

		await load.says(/^holding$/gm);
		await sleep(SETTLE_MS);
		clearInterval(sampling);
		const held = memoryOf(program);
		load.child.stdin.end();
		const result = await resultOf(load);
		return { start, held, most: Math.max(most, held), ...await faultsOf(result, stub) };
	});
}

// Whether answers come back, bodies arrive, and go where the peer says. Throws if not.
export async function check(name, peer) {
	const went = [];

	for (const task of ['text', 'image']) {
		const args = ['-n', 20, '-t', peer.task ?? task, '-b', 1_000_000];

		await withPeer(peer, 0, async (programs, { port }, stub) => {
			const { faults, why } = await faultsOf(await resultOf(startLoad(programs, port, args)), stub);

			if (faults)
				throw new Error(`${name}, ${task}: ${why}`);
			went.push((await statsOf(stub)).map(({ requests }) => requests > 0).slice(0, 2).join());
		});
	}
	const routes = { 'false,true true,false': 'body', 'true,true true,true': 'tasks' };

	if ((routes[went.join(' ')] ?? 'nothing') !== peer.routes)
		throw new Error(`${name} does not route by ${peer.routes}`);
}
