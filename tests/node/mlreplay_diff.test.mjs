// diff: what two captures were answered to the same questions.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { capture } from './capture.mjs';
import { file, folder, photo, replay, tasks, test } from './rig.mjs';

const clip = (...numbers) => JSON.stringify({ clip: JSON.stringify(numbers) });
const visual = { entries: tasks.visual, payload: photo, answer: clip(0.6, 0.8) };
const textual = { entries: tasks.textual, payload: 'a dog', answer: clip(0.8, 0.6) };

async function diff(t, before, after, ...args) {
	const [a, b] = await Promise.all([before, after].map(exchanges => capture(t, exchanges)));
	const path = join(folder(t), 'report.json');
	const { status, out, err } = await replay(['diff', a, b, '--json', path, ...args]);

	return { status, out, err, report: JSON.parse(readFileSync(path, 'utf8') || 'null') };
}

test('the same answers in another order are the same', async t => {
	const swapped = '{"clip": {"textual": {"options": {"language": "de"},' +
		' "modelName": "ViT-B-32__openai"}}}';
	const { status, out, report } = await diff(t, [visual, textual],
		[{ ...textual, entries: swapped, url: 'http://other/api/predict?x' }, visual]);

	assert.equal(status, 0);
	assert.match(out, /^2 requests, 2 compared\nverdict: same$/m);
	assert.deepEqual([report.verdict, report.requests, report.compared], ['same', 2, 2]);
	assert.deepEqual(Object.keys(report).slice(0, 7), ['verdict', 'requests', 'compared',
		'regressions', 'warnings', 'unstable', 'errors']);
});

test('another answer is a regression, and the reports say of what', async t => {
	const junit = join(folder(t), 'report.xml');
	const { status, out, report } = await diff(t, [visual, textual],
		[{ ...visual, answer: clip(0.8, 0.6) }, textual], '--junit', junit);

	assert.equal(status, 1);
	assert.match(out, /^#1 {2}clip\.visual ViT-B-32__openai: fail$/m);
	assert.match(out, /^verdict: regression$/m);
	assert.doesNotMatch(out, /\u001b/);
	assert.deepEqual(report.tasks.map(({ task, advice }) => [task, advice]), [['clip', 'rerun']]);
	assert.equal(report.exchanges[0].findings[0].kind, 'vector.distance');
	assert.match(readFileSync(junit, 'utf8'), /tests="2" failures="1" errors="0" skipped="0"/);
});

test('the second time that something was asked is held against the second', async t => {
	const other = { ...visual, answer: clip(0.8, 0.6) };

	assert.equal((await diff(t, [visual, other], [visual, other])).status, 0);
	assert.equal((await diff(t, [visual, other], [other, visual])).status, 1);
});

test('what was asked in one of them only is not compared', async t => {
	const { status, out, report } = await diff(t, [visual, textual], [visual, { ...visual }]);

	assert.equal(status, 0);
	assert.match(out, /^1 questions were asked in the other capture alone$/m);
	assert.deepEqual([report.compared, report.skipped], [1, 1]);
	assert.equal(report.exchanges[1].error, 'it was not asked in the other capture');
	assert.equal((await diff(t, [visual], [textual])).status, 3);
});

test('an answer that is lacking is an error where there was one', async t => {
	const none = { ...visual, status: 0, answer: '', own: { _fault: 'reset', _faultAt: 0 } };
	const { status, report } = await diff(t, [visual, textual], [none, textual]);

	assert.equal(status, 1);
	assert.equal(report.errors, 1);
	assert.equal(report.exchanges[0].error,
		'in the other capture: the capture has no answer to it');
	assert.equal((await diff(t, [none, textual], [visual, textual])).report.skipped, 1);
});

test('the tolerance is a profile or a file', async t => {
	const near = { ...visual, answer: clip(0.6, 0.8002) };
	const asked = tolerance => diff(t, [visual], [near], '--tolerance', tolerance);

	assert.equal((await asked('default')).status, 0);
	assert.equal((await asked('exact')).status, 1);
	assert.equal((await asked(file(t, 'strict', '{"distanceFail":1e-12,"distanceWarn":1e-12}'))).status,
		1);
	const [a, b] = [await capture(t, [visual]), await capture(t, [near])];
	const wrong = await replay(['diff', a, b, '--tolerance', 'exakt']);
	assert.equal(wrong.status, 2);
	assert.match(wrong.err, /^mlreplay: --tolerance: found no profile \(default, exact, .*exakt: No such/);
	const broken = await replay(['diff', a, b, '--tolerance', file(t, 'broken', '{"distanceFail":"x"}')]);
	assert.equal(broken.status, 2);
	assert.match(broken.err, /\/broken: distanceFail: /);
});

test('a report that cannot be written is said before', async t => {
	const path = await capture(t, [visual]);
	const { status, out, err } = await replay(['diff', path, path, '--json', '/nonexistent/x']);

	assert.deepEqual({ status, out, err },
		{ status: 2, out: '', err: 'mlreplay: /nonexistent/x: No such file or directory\n' });
});

test('colours are for terminals alone, and not with NO_COLOR', async t => {
	const path = await capture(t, [visual]);
	const onTerminal = command => spawnSync('script', ['-qefc', command, '/dev/null'],
		{ encoding: 'utf8' });
	const command = `'${process.env.MLREPLAY_BIN}' diff '${path}' '${path}'`;

	assert.match(onTerminal(command).stdout, /verdict: \u001b\[32msame\u001b\[0m/);
	for (const set of ['NO_COLOR=1', 'NO_COLOR=false'])
		assert.match(onTerminal(`${set} ${command}`).stdout, /verdict: same\r\n$/);
	assert.match(onTerminal(`NO_COLOR= ${command}`).stdout, /\u001b\[32m/);
});
