// What mlreplay finds when a server answers as it was recorded, but for one thing that is so much
// off, on both sides of each threshold of the default tolerance.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { folder, replay, startMock, test } from './rig.mjs';

// Each capture of one task has one answer that can be off, or as said here.
const CLIP_ANSWERS = 7;
const GENUINE_ANSWERS = 36;
const FACES_ASKED = 3;

// Replays the capture onto a mock that has it, perturbed: the exit status, the verdict, and how many
// findings there were of each level and kind.
async function perturbed(t, name, spec, ...args) {
	const path = fileURLToPath(new URL(`../../fixtures/captures/${name}`, import.meta.url));
	const json = join(folder(t), 'report.json');
	const { url } = await startMock(t, 'other', { args: ['--from', path, '--perturb', spec] });
	const { status, err } = await replay(['run', path, '--target', url, '--json', json, ...args]);

	assert.equal(err, '');
	const report = JSON.parse(readFileSync(json, 'utf8'));
	const found = {};

	for (const { level, kind } of report.exchanges.flatMap(({ findings }) => findings))
		found[`${level} ${kind}`] = (found[`${level} ${kind}`] ?? 0) + 1;
	return { status, found, report };
}

// Rows of capture, SPEC, and what is found; a failure is a regression, and a warning is none.
function testRows(name, rows) {
	test(name, async t => {
		for (const [captureName, spec, wanted, ...args] of rows) {
			const { status, found, report } = await perturbed(t, captureName, spec, ...args);
			const isWorse = Object.keys(wanted).some(key => key.startsWith('fail '));
			const row = `${captureName} ${spec}`;

			assert.deepEqual(found, wanted, row);
			assert.equal(status, isWorse ? 1 : 0, row);
			assert.equal(report.verdict, isWorse ? 'regression' : 'same', row);
			assert.equal(report.compared, report.requests, row);
			assert.equal(report.unstable, 0, row);
		}
	});
}

testRows('vectors may be 1e-4 apart, and fail from 1e-3 on', [
	['clip', 'vector=0.98e-4', {}],
	['clip', 'vector=1.02e-4', { 'warn vector.distance': CLIP_ANSWERS }],
	['clip', 'vector=0.98e-3', { 'warn vector.distance': CLIP_ANSWERS }],
	['clip', 'vector=1.02e-3', { 'fail vector.distance': CLIP_ANSWERS }],
	['facial-recognition', 'vector=0.98e-4', {}],
	['facial-recognition', 'vector=1.02e-3', { 'fail vector.distance': 1 }],
]);

// The face is 96 pixels wide: 91 of 101 are more than 0.9, 90 of 102 less; 64 of 128 are half.
testRows('faces may be moved until half of them is elsewhere', [
	['facial-recognition', 'box=4px', {}],
	['facial-recognition', 'box=5px', {}],
	['facial-recognition', 'box=6px', { 'warn box': 1 }],
	['facial-recognition', 'box=31px', { 'warn box': 1 }],
	['facial-recognition', 'box=33px', { 'fail face.missing': 1, 'fail face.extra': 1 }],
]);

testRows('a face more or less fails', [
	['facial-recognition', 'drop-face', { 'fail face.missing': 1 }],
	['facial-recognition', 'extra-face', { 'fail face.extra': FACES_ASKED }],
	['ocr', 'drop-face,extra-face', {}],
]);

testRows('a character fails', [
	['ocr', 'text=0', {}],
	['ocr', 'text=1', { 'fail text.changed': 3 }],
	['facial-recognition', 'text=1', {}],
]);

testRows('scores may be 0.05 apart, and warn beyond', [
	['facial-recognition', 'score=0.04', {}],
	['facial-recognition', 'score=0.06', { 'warn face.score': 1 }],
	['ocr', 'score=0.04', {}],
	['ocr', 'score=0.06', { 'warn text.score': 6 }],
]);

testRows('order and notation are nothing', [
	['genuine', 'order', {}],
	['genuine', 'float-format', {}],
	['genuine', 'order,float-format', {}, '--tolerance', 'exact'],
]);

testRows('several things are found together', [
	['ocr', 'text=1,score=0.06,order', { 'fail text.changed': 3, 'warn text.score': 6 }],
	['facial-recognition', 'box=6px,vector=2e-3,float-format',
		{ 'warn box': 1, 'fail vector.distance': 1 }],
]);

test('a finding says where, how far, and how far would do', async t => {
	const { report } = await perturbed(t, 'genuine', 'vector=2e-3');
	const { findings } = report.exchanges.find(({ asked, level }) =>
		level === 'fail' && asked === 'facial-recognition');
	const [{ task, path, value, limit }] = findings;

	assert.equal(report.requests, GENUINE_ANSWERS);
	assert.equal(task, 'facial-recognition');
	assert.equal(path, 'facial-recognition[0].embedding');
	assert.ok(Math.abs(value - 2e-3) < 1e-5, `${value}`);
	assert.equal(limit, 1e-3);
});

// Where Immich draws its lines: what is the same picture, the same person, a face.
test('what Immich would do otherwise has to be done again', async t => {
	const rows = [
		['clip', 'vector=0.0098', 'duplicateFlips', 0],
		['clip', 'vector=0.0102', 'duplicateFlips', CLIP_ANSWERS, 'rerun'],
		['facial-recognition', 'vector=0.49', 'matchFlips', 0, 'safe'],
		['facial-recognition', 'vector=0.51', 'matchFlips', 1, 'rerun'],
		['facial-recognition', 'score=0.06', 'detectionFlips', 0, 'safe'],
		['facial-recognition', 'drop-face', 'detectionFlips', 1, 'rerun'],
		['ocr', 'text=1', 'textsChanged', 3, 'rerun'],
	];

	for (const [name, spec, member, count, advice] of rows) {
		const [task] = (await perturbed(t, name, spec)).report.tasks;

		assert.equal(task[member], count, `${name} ${spec}`);
		if (advice) // searches find too little in so few pictures to say that it is safe
			assert.equal(task.advice, advice, `${name} ${spec}`);
	}
});
