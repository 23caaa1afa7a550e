// bench: mlproxy beside other proxies, and beside itself in other configurations.
//
//     rounds × scenarios × peers → a cell: the peer and a stub, started anew, and one load
//
// In each round the peers of a scenario take turns in another order. REPS (3) rounds of DURATION (2)
// seconds after WARMUP (0.5); SCENARIOS and PEERS, names with blanks between, measure fewer (ratios are
// to the peers `inspect` and `one`). --write puts the tables into README; --again prints those of the
// last run. OTHER_LAST names the figures of another harness, to be printed beside these.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { flagsOf } from './flags.mjs';
import { check, measureLoad, measureMemory } from './measure.mjs';
import { peers } from './peers.mjs';
import { writePart } from './readme.mjs';
import { compare, conditions, faultsIn, report } from './report.mjs';

const { env } = process;
const LAST = env.BENCH_LAST; // a file, with the figures of the last run
const flags = flagsOf('write', 'again');

const PROXIES = ['direct', 'inspect', 'haproxy', 'inspect-64k', 'nginx', 'one'];
const WAYS = ['two', 'log', 'record', 'https', 'inspect-https'];
const IMAGE_WAYS = [...WAYS, 'split'];

function loadOf(name, title, load, ways = []) {
	return {
		name,
		title,
		ways,
		peers: [...PROXIES, ...ways],
		measure: (peer, time) => measureLoad(peer, { task: 'image', clients: 64, ...load }, time),
	};
}

const uploads = ['-m', 'hold', '-c', 64, '-t', 'image', '-b', 5_000_000];

const memoryOf = (name, peers, args, latencyMs) => ({
	name, peers, measure: peer => measureMemory(peer, args, latencyMs),
});

const loads = [
	loadOf('text', 'text', { task: 'text', bytes: 0 }, WAYS),
	loadOf('20k', 'image, 20 KB', { bytes: 20_000 }),
	loadOf('250k', 'image, 250 KB', { bytes: 250_000 }, IMAGE_WAYS),
	loadOf('1m', 'image, 1 MB', { bytes: 1_000_000 }),
	loadOf('5m', 'image, 5 MB', { bytes: 5_000_000 }, IMAGE_WAYS),
	loadOf('20ms', 'image, 250 KB, the backend takes 20 ms', { bytes: 250_000, latencyMs: 20 }),
];

const scenarios = [
	...loads,
	memoryOf('idle', ['inspect', 'haproxy', 'nginx', 'one'], ['-m', 'idle', '-c', 256]),
	memoryOf('flight', ['inspect', 'haproxy', 'nginx', 'one'], uploads),
	memoryOf('stalled', ['two'], [...uploads, '-s', 100], 5000),
];

// Those that a variable names, or all.
function chosen(all, variable) {
	const wanted = env[variable]?.split(/\s+/).filter(Boolean) ?? all;
	const unknown = wanted.find(name => !all.includes(name));

	if (unknown) {
		console.error(`${variable}: there is no ${unknown}, but ${all.join(' ')}`);
		process.exit(2);
	}
	return all.filter(name => wanted.includes(name));
}

function say(text) {
	console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function runRound(round, run, names, wanted) {
	const { data } = run;

	for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
		const here = scenario.peers.filter(peer => wanted.includes(peer));
		const first = Math.floor(round * here.length / run.rounds);

		for (const peer of [...here.slice(first), ...here.slice(0, first)]) {
			const result = await scenario.measure(peers[peer], run);

			((data[scenario.name] ??= {})[peer] ??= []).push(result);
		}
		say(`round ${round + 1} of ${run.rounds}: ${scenario.name}`);
	}
}

async function runAll() {
	const names = chosen(scenarios.map(({ name }) => name), 'SCENARIOS');
	const wanted = chosen(Object.keys(peers), 'PEERS');
	const run = {
		made: conditions(),
		load: loadavg()[0].toFixed(1),
		rounds: Number(env.REPS || 3),
		seconds: Number(env.DURATION || 2),
		warmup: Number(env.WARMUP || 0.5),
		data: {},
	};

	for (const name of wanted)
		await check(name, peers[name]);
	say('all are as they should be');
	for (let round = 0; round < run.rounds; round++)
		await runRound(round, run, names, wanted);
	writeFileSync(LAST, JSON.stringify(run, null, '\t'));
	return run;
}

const isWhole = data => scenarios.every(({ name, peers }) => peers.every(peer => data[name]?.[peer]));

const run = flags.again ? JSON.parse(readFileSync(LAST)) : await runAll();
const text = report(run, loads);

console.log(text);
if (env.OTHER_LAST)
	console.log(compare(loads, run.data, JSON.parse(readFileSync(env.OTHER_LAST))));
process.exitCode = faultsIn(run.data).length ? 1 : 0;
if (flags.write && isWhole(run.data)) {
	writePart('bench', text);
} else if (flags.write) {
	console.error('README is as it was: not all scenarios and peers were measured');
	process.exitCode = 1;
}
