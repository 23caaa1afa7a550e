// What mlreplay says of the answers that Immich's own service gave to the same requests under other
// conditions: fixtures/answers, against the capture of its session.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { genuineServer } from './genuine.mjs';
import { folder, listen, replay, test } from './rig.mjs';

const capture = fileURLToPath(new URL('../../fixtures/captures/genuine', import.meta.url));

async function judge(t, answers, ...more) {
	const target = await listen(t, genuineServer(answers));
	const path = join(folder(t), 'out.json');
	const { status, err } = await replay(
		['run', capture, '--target', target.url, '--json', path, ...more]);

	return { status, err, ...JSON.parse(readFileSync(path, 'utf8')) };
}

// `counts`: requests with a failure, and those with a warning. `tasks`: what is to be done, and
// what the JSON says to that, from where to where.
const conditions = {
	again: {
		verdict: 'same', counts: [0, 0],
		tasks: { clip: ['safe'], 'facial-recognition': ['safe'], ocr: ['safe'] },
	},
	'ocr-batch-1': {
		verdict: 'same', counts: [0, 1],
		tasks: {
			clip: ['safe'],
			'facial-recognition': ['safe'],
			ocr: ['safe', 'scoreMax', 0.02, 0.023],
		},
	},
	fp16: {
		verdict: 'same', counts: [0, 0],
		tasks: {
			clip: ['safe', 'distanceMax', 1e-7, 1.3e-7],
			'facial-recognition': ['safe', 'distanceMax', 7e-7, 7.3e-7],
			ocr: ['safe'],
		},
	},
	'ocr-model-v6': {
		verdict: 'regression', counts: [4, 0],
		tasks: {
			clip: ['safe'],
			'facial-recognition': ['safe'],
			ocr: ['rerun', 'characterErrorRate', 0.03, 0.05],
		},
	},
	'other-dimension': {
		verdict: 'regression', counts: [15, 0],
		tasks: {
			clip: ['rerun', 'regressions', 15, 15],
			'facial-recognition': ['safe'],
			ocr: ['safe'],
		},
	},
};

const toDo = { clip: /^re-run smart search/, ocr: /^re-run OCR/ };

for (const [answers, { verdict, counts, tasks }] of Object.entries(conditions)) {
	test(`${answers}: ${verdict}`, async t => {
		const found = await judge(t, answers);

		assert.equal(found.err, '');
		assert.deepEqual([found.verdict, found.status], [verdict, verdict === 'same' ? 0 : 1]);
		assert.deepEqual([found.requests, found.compared, found.errors], [36, 36, 0]);
		assert.deepEqual([found.regressions, found.warnings], counts);
		assert.deepEqual(found.tasks.map(({ task }) => task), Object.keys(tasks));
		for (const task of found.tasks) {
			const [advice, measure, least, most] = tasks[task.task];
			const value = task[measure];

			assert.equal(task.advice, advice, task.task);
			assert.match(task.toDo, advice === 'safe' ? /^safe in place/ : toDo[task.task]);
			if (measure)
				assert.ok(value >= least && value <= most, `${measure} ${value}`);
		}
	});
}

test('a text that is there on one side only is borderline where its score is', async t => {
	const found = await judge(t, 'ocr-batch-1');
	const items = found.exchanges.flatMap(({ findings }) => findings);

	assert.deepEqual(items.map(({ kind, borderline }) => [kind, borderline]),
		[['text.extra', true], ['text.extra', true]]);
});

test('a tolerance that lets nothing differ finds what fp16 changes', async t => {
	const { verdict, status, regressions } = await judge(t, 'fp16', '--tolerance', 'exact');

	assert.deepEqual([verdict, status, regressions], ['regression', 1, 20]);
});
