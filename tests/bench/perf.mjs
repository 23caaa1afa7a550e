// perf: how many instructions a request takes in mlproxy, against tests/bench/budget.
//
// One worker, one connection, no log. mlproxy runs under callgrind twice, with FEW requests and with
// MANY; the difference is what the others have cost, and nothing of its start or end is in it.
// Instructions do not depend on what else the machine is doing. What fails goes to standard error: to
// the end of the log, of which ci/run shows the end.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsOf } from './flags.mjs';
import { configs, startMlproxy } from './peers.mjs';
import { resultOf, startLoad, startStub, withPrograms } from './programs.mjs';
import { table, writePart } from './readme.mjs';

const FEW = 100;
const MANY = 400;
const BUDGET = new URL('budget', import.meta.url);

const kinds = {
	text: { title: 'text', args: ['-t', 'text'] },
	image: { title: 'image, 250 KB', args: ['-t', 'image', '-b', '250000'] },
};

// All instructions from the start of mlproxy to its end.
function count(args, requests) {
	return withPrograms(async programs => {
		const { ports } = await startStub(programs, 2);
		const counted = join(programs.folder, 'counted');
		const before = ['valgrind', '--tool=callgrind', `--callgrind-out-file=${counted}`];
		const { program, port } = await startMlproxy(programs, configs.one(ports), { before, workers: 1 });
		const load = startLoad(programs, port, [...args, '-n', requests]);
		const { answered, why } = await resultOf(load);
		await program.stop();
		if (answered !== requests || why)
			load.fail(`${answered} of ${requests} answered`);
		return Number(/^summary: (\d+)$/m.exec(readFileSync(counted, 'utf8'))[1]);
	});
}

async function measure(kind) {
	const [few, many] = await Promise.all([FEW, MANY].map(n => count(kinds[kind].args, n)));

	return Math.round((many - few) / (MANY - FEW));
}

// What stands behind a name in the budget, and the budget with something else there.
const lineOf = name => new RegExp(`^(${name}) (\\d+)$`, 'm');
const find = (budget, name) => Number(lineOf(name).exec(budget)[2]);
const replace = (budget, name, value) => budget.replace(lineOf(name), `$1 ${value}`);

function judge(budget, kind, counted) {
	const allowed = find(budget, kind);
	const percent = 100 * (counted / allowed - 1);
	const isOver = percent > find(budget, 'over');
	const isUnder = -percent > find(budget, 'under');
	const advice = isOver ? `: more than ${find(budget, 'over')} % above it` :
		isUnder ? `: more than ${find(budget, 'under')} % below it` : '';

	const text = `${kind}: ${counted} instructions a request, budget ${allowed} ` +
		`(${percent.toFixed(1)} %)${advice}`;

	if (advice)
		console.error(text);
	else
		console.log(`    ${text}`);
	return !advice;
}

const isToWrite = flagsOf('write').write;
let budget = readFileSync(BUDGET, 'utf8');
const rows = [];
let isGood = true;

for (const [kind, { title }] of Object.entries(kinds)) {
	const counted = await measure(kind);

	isGood = judge(budget, kind, counted) && isGood;
	budget = replace(budget, kind, counted);
	rows.push([title, counted.toLocaleString('en')]);
}
if (isToWrite) {
	writeFileSync(BUDGET, budget);
	writePart('perf', table(['', 'instructions'], rows));
} else if (!isGood) {
	console.error('if that is meant, ci/jobs/perf --write puts down what was counted, in README and in\n' +
		'tests/bench/budget, which says more; if not, valgrind --tool=callgrind shows where it goes');
	process.exitCode = 1;
}
