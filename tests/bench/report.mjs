// report: the bench's figures as tables, for the terminal and for README.
//
// A figure is the median of the rounds. A ratio is the median of each round's own ratio, since the
// machine is not equally fast in all of them, with the least and the most in brackets.

import { cpus } from 'node:os';
import { execFileSync } from 'node:child_process';
import { table } from './readme.mjs';
import { peers } from './peers.mjs';

function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;

	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const format = (value, digits) => value.toLocaleString('en',
	{ minimumFractionDigits: digits, maximumFractionDigits: digits });

function figure(cell, key, digits) {
	return cell ? format(median(cell.map(round => round[key])), digits) : '';
}

function ratio(cell, base, key) {
	if (!cell || !base)
		return '';
	const ratios = cell.map((round, i) => round[key] / base[i][key]);
	const [least, most] = [Math.min(...ratios), Math.max(...ratios)];

	const spread = cell.length > 1 ? ` (${format(least, 2)}–${format(most, 2)})` : '';

	return format(median(ratios), 2) + spread;
}

// -- the tables -----------------------------------------------------------------------------------

// Of the scenarios and peers that were measured; a table without rows is none.

const block = (rows, text) => (rows.length ? [text] : []);

const DIGITS = { rate: 0, cpu: 3, p99: 1 };

// mlproxy beside HAProxy with inspection.
function against(scenarios, data) {
	const keys = ['rate', 'cpu', 'p99'];
	const rows = scenarios.filter(({ name }) => data[name]?.one || data[name]?.inspect);
	const columns = ({ inspect, one }) => keys.flatMap(key => [
		figure(inspect, key, DIGITS[key]), figure(one, key, DIGITS[key]), ratio(one, inspect, key),
	]);

	return block(rows, table(['', ...['requests/s', 'CPU s per 1,000', 'p99 ms']
		.flatMap(what => [`${what}: HAProxy`, 'mlproxy', '×'])],
	rows.map(({ name, title }) => [title, ...columns(data[name])])));
}

// Everybody's ratio to it.
function others(scenarios, data, key, title) {
	const isOther = peer => peer !== 'inspect' &&
		scenarios.some(({ name, ways }) => data[name]?.[peer] && !ways.includes(peer));
	const names = Object.keys(peers).filter(isOther);
	const rows = names.length ? scenarios.filter(({ name }) => data[name]?.inspect) : [];

	return block(rows, `${title}:\n\n` + table(['', ...names.map(name => peers[name].title)],
		rows.map(({ name, title }) => [title,
			...names.map(peer => (key === 'cpu' && peer === 'direct' ? ''
				: ratio(data[name][peer], data[name].inspect, key)))])));
}

// What a proxy costs who waits for a model, which takes far longer than it.
function waiting(data) {
	const cell = data['20ms'];

	return cell?.one && cell.direct ? ['Where the backend takes 20 ms, mlproxy has ' +
		`${ratio(cell.one, cell.direct, 'rate')} of the requests/s that there are without a proxy, ` +
		`and ${ratio(cell.one, cell.direct, 'p99')} of the p99.\n`] : [];
}

// What mlproxy costs in other configurations, as ratios to its CPU with pools of one.
function ways(scenarios, data) {
	const columns = scenarios.filter(({ name, ways }) => ways.some(way => data[name]?.[way]));
	const isWay = peer => columns.some(({ name, ways }) => ways.includes(peer) && data[name][peer]);
	const names = Object.keys(peers).filter(isWay);
	const rows = names.map(name => [peers[name].title, ...columns.flatMap(({ name: scenario }) => {
		const cell = data[scenario][name];

		return [figure(cell, 'cpu', 3), ratio(cell, data[scenario].one, 'cpu')];
	})]);

	return block(rows, 'What other configurations of mlproxy cost; `×` is the ratio to a pool of one:\n\n' +
		table(['CPU s per 1,000', ...columns.flatMap(({ title }) => [title, '×'])], rows));
}

function memory(data) {
	const { idle = {}, flight = {}, stalled = {} } = data;
	const held = (cell, key = 'held') => figure(cell, key, 1);
	const rows = Object.keys(peers).filter(name => idle[name] || flight[name])
		.map(name => [peers[name].title, held(idle[name] ?? flight[name], 'start'),
			held(idle[name]), held(flight[name]), '']);

	if (stalled.two)
		rows.push(['mlproxy, pools of two', '', '', '', held(stalled.two, 'most')]);
	return block(rows, table(['MiB (PSS)', 'just started', '256 idle connections', '64 × 5 MB in flight',
		'64 × 5 MB sent, nobody answers: the most'], rows));
}

// -- all of it ------------------------------------------------------------------------------------

function versionOf(command, args, pattern) {
	try {
		return pattern.exec(execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }))[1];
	} catch {
		return 'unknown';
	}
}

// What the figures depend on.
export function conditions() {
	return {
		date: new Date().toISOString().slice(0, 10),
		cpu: `${cpus().length} × ${cpus()[0].model.trim()}`,
		kernel: versionOf('uname', ['-r'], /^(\S+)/),
		haproxy: versionOf('haproxy', ['-v'], /version (\d+\.\d+\.\d+)/),
		nginx: versionOf('sh', ['-c', 'nginx -v 2>&1'], /nginx\/(\S+)/),
	};
}

export function faultsIn(data) {
	const cells = Object.entries(data).flatMap(([scenario, rows]) => Object.entries(rows)
		.flatMap(([peer, rounds]) => rounds.map(round => ({ scenario, peer, ...round }))));

	return cells.filter(({ faults }) => faults)
		.map(({ scenario, peer, faults, why }) => `${scenario}, ${peer}: ${faults} faults, such as: ${why}`);
}

export function report({ made, rounds, seconds, warmup, load, data }, scenarios) {
	const faults = faultsIn(data);

	return [
		`${made.date}; ${made.cpu}, Linux ${made.kernel}, HAProxy ${made.haproxy}, nginx ` +
		`${made.nginx}; ${rounds === 1 ? '1 round' : `${rounds} rounds`}, ${seconds} s a cell after ` +
		`${warmup} s that do not count; other load of the machine ${load}. ` +
		`${faults.length ? faults.join('; ') : 'There were no faults.'}\n`,
		...against(scenarios, data),
		...waiting(data),
		...others(scenarios, data, 'rate', 'Requests/s of the others, as ratios to HAProxy with inspection'),
		...others(scenarios, data, 'cpu', 'Their CPU'),
		...ways(scenarios, data),
		...memory(data),
	].join('\n');
}

// -- another harness ------------------------------------------------------------------------------

// Its names for what is measured here too.
const OTHER_NAMES = { text: 'a 64', '20k': 'b 64', '250k': 'c 64', '1m': 'd 64', '5m': 'e 64', '20ms': 'l 64' };
const OTHER_KEYS = { rate: 'rps', cpu: 'cpu1k', p99: 'p99' };

// The ratios of mlproxy to HAProxy with inspection here and as another harness has found them.
export function compare(scenarios, data, other) {
	const rows = scenarios.filter(({ name }) => data[name]?.one && other[OTHER_NAMES[name]]);
	const cells = ({ name, title }) => {
		const { mlproxy, 'haproxy-inspect': inspect } = other[OTHER_NAMES[name]];

		return [title, ...Object.entries(OTHER_KEYS).flatMap(([key, otherKey]) => [
			ratio(data[name].one, data[name].inspect, key), ratio(mlproxy, inspect, otherKey),
		])];
	};

	return table(['mlproxy to HAProxy, inspecting', ...['requests/s', 'CPU', 'p99']
		.flatMap(what => [`${what}: here`, 'there'])], rows.map(cells));
}
