// learn: what two copies of a server are apart is noise, and what is farther apart is not.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { capture } from './capture.mjs';
import {
	answer, fixture, folder, photo, replay, sendAnswer, startHttp, startMock, startReplay, tasks, test, until,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;
const asked = [
	{ entries: visual, payload: photo },
	{ entries: textual, payload: 'a dog on the beach' },
	{ entries: faces, payload: photo },
	{ entries: ocr, payload: fixture('pictures/receipt.jpg') },
];

// Whose answers nobody asks for.
function questions(t, exchanges = asked) {
	return capture(t, exchanges.map(exchange => ({ ...exchange, answer })));
}

async function learn(t, path, [first, second], ...args) {
	const file = join(folder(t), 'tolerance.json');
	const program = await replay(
		['learn', path, '--target', first.url, '--second', second.url, '-o', file, ...args]);
	const learned = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;

	return { ...program, file, learned };
}

async function run(t, path, target, baseline, tolerance) {
	const json = join(folder(t), 'report.json');
	const { status } = await replay(['run', path, '--target', target.url, '--baseline',
		baseline.url, '--tolerance', tolerance, '--json', json]);

	return { status, report: JSON.parse(readFileSync(json, 'utf8')) };
}

const mocks = (t, ...specs) => Promise.all(specs.map(spec =>
	startMock(t, 'mock', { args: spec ? ['--perturb', spec] : [] })));

// A server whose answers are what is given to it.
function startWith(t, answerOf) {
	return startHttp(t, (request, response) =>
		request.resume().on('end', () => response.end(answerOf())));
}

test('two copies that are the same leave the default as it is', async t => {
	const copies = await mocks(t, '', '');
	const { status, err, out, learned } = await learn(t, await questions(t), copies);

	assert.equal(err, '');
	assert.equal(status, 0);
	assert.equal(learned.distanceFail, 0.001);
	assert.equal(learned.scoreWarn, 0.05);
	assert.equal(learned.landmarkPx, 1);
	assert.deepEqual(learned.rules, []);
	assert.deepEqual(learned._learned.distance, { answers: 3, most: 0, noisierAtMost: 0.6316 });
	assert.match(out, /^ {2}vector distance +3 +0 +63 % {2}few$/m);
	assert.match(out, /^with 95 % confidence /m);
});

test('what is within the noise is the same, and what is beyond it is not', async t => {
	const path = await questions(t);
	const [plain, noisy, asNoisy, noisier] = await mocks(t, '', 'vector=0.004,score=0.1,box=4px',
		'vector=0.0039,score=0.09,box=3px', 'vector=0.0045');
	const { status, file, learned } = await learn(t, path, [plain, noisy]);

	assert.equal(status, 0);
	assert.ok(Math.abs(learned.distanceFail - 0.004) < 1e-5, `${learned.distanceFail}`);
	assert.equal(learned.distanceWarn, learned.distanceFail);
	assert.equal((await run(t, path, asNoisy, plain, 'default')).status, 1);
	const same = await run(t, path, asNoisy, plain, file);

	assert.equal(same.status, 0);
	assert.deepEqual([same.report.compared, same.report.warnings], [asked.length, 0]);
	const beyond = await run(t, path, noisier, plain, file);

	assert.equal(beyond.status, 1);
	assert.equal(beyond.report.regressions, 3);
});

test('numbers that differ become rules', async t => {
	let ms = 0;
	const server = await startWith(t, () => JSON.stringify({ clip: '[1]', took: [{ ms: ms++ % 7 }] }));
	const slow = await startWith(t, () => JSON.stringify({ clip: '[1]', took: [{ ms: 100 }] }));
	const path = await questions(t, Array.from({ length: 60 }, () => asked[1]));
	const { status, out, file, learned } =
		await learn(t, path, [server, server], '--concurrency', '1');

	assert.equal(status, 0);
	assert.deepEqual(learned.rules.map(({ path, mode, rtol }) => [path, mode, rtol]),
		[['took[*].ms', 'near', 0]]);
	assert.ok(learned.rules[0].atol >= 1 && learned.rules[0].atol <= 6);
	assert.match(out, /^ +\d +took\[\*\]\.ms$/m);
	assert.match(out, /^ {2}other numbers +60 +4\.9 %$/m);
	assert.equal((await run(t, path, slow, server, file)).status, 1);
});

test('copies that differ in kind are not the same', async t => {
	const path = await questions(t);

	for (const [spec, says, number] of [
		['text=1', /^#4 {2}ocr .*\n {4}fail {2}.*text\.changed/m, 1],
		['drop-face', /^#3 {2}facial-recognition .*\n {4}fail {2}.*face\.missing|face\.extra/m, 1],
	]) {
		const { status, out, learned } = await learn(t, path, await mocks(t, '', spec));

		assert.equal(status, 1);
		assert.match(out, says);
		assert.match(out, new RegExp(`^the copies are not the same: ${number} of 4 answers`, 'm'));
		assert.equal(learned, null);
	}
});

test('what is too much to be looked at is no noise', async t => {
	let asks = 0;
	const server = await startWith(t, () =>
		JSON.stringify({ all: Array.from({ length: 1100 }, (_, i) => i + asks), n: asks++ }));
	const { status, out, learned } = await learn(t, await questions(t), [server, server]);

	assert.equal(status, 1);
	assert.match(out, /^the copies are not the same: 4 of 4 answers /m);
	assert.equal(learned, null);
});

test('a copy that does not answer is not the same', async t => {
	const good = await startHttp(t, sendAnswer);
	const bad = await startHttp(t, (request, response) =>
		request.resume().on('end', () => response.destroy()));
	const path = await questions(t);

	for (const copies of [[good, bad], [bad, good]]) {
		const { status, out, learned } = await learn(t, path, copies);

		assert.equal(status, 1);
		assert.match(out, /^ {4}only one has answered: /m);
		assert.equal(learned, null);
	}
});

test('few answers are said to be few, as the confidence wants', async t => {
	const server = await startHttp(t, sendAnswer);
	const path = await questions(t, Array.from({ length: 60 }, () => asked[1]));
	const few = /^ {2}vector distance +(\d+) .* few$[^]*^warning: few answers: it takes (\d+) /m;
	const sure = await learn(t, path, [server, server], '--confidence', '0.99');

	assert.equal(sure.status, 0);
	assert.deepEqual(sure.out.match(few).slice(1), ['60', '90']);
	assert.equal(sure.learned._learned.confidence, 0.99);
	assert.doesNotMatch((await learn(t, path, [server, server])).out, few);
	// Neither asking again nor asking less makes them more.
	const looped = await learn(t, path, [server, server], '--loop', '2', '--limit', '30');

	assert.deepEqual(looped.out.match(few).slice(1), ['30', '59']);
});

test('only what is wanted is asked', async t => {
	const copies = await mocks(t, '', 'text=1');
	const { status, learned } =
		await learn(t, await questions(t), copies, '--filter', 'task=clip');

	assert.equal(status, 0);
	assert.equal(learned._learned.numbers.answers, 2);
});

test('nothing is written when nothing was learned', async t => {
	const server = await startHttp(t, sendAnswer);
	const path = await questions(t);
	const gone = await startHttp(t, sendAnswer);

	gone.close();
	const { status, out, err, learned } = await learn(t, path, [server, gone]);

	assert.equal(status, 3);
	assert.match(out, /^nothing was learned: /);
	assert.match(err, /cannot be reached/);
	assert.equal(learned, null);
	const nothing = await learn(t, path, [server, server], '--filter', 'task=none');

	assert.equal(nothing.status, 3);
	assert.equal(nothing.learned, null);
});

test('an old tolerance stays when it is interrupted', async t => {
	const file = join(folder(t), 'tolerance.json');
	let asks = 0;
	const server = await startHttp(t, (request, response) =>
		request.resume().on('end', () => ++asks <= 2 && response.end(answer)));

	writeFileSync(file, 'old');
	const program = startReplay(['learn', await questions(t), '--target', server.url, '--second',
		server.url, '-o', file, '--concurrency', '1']);

	await until(() => asks > 2);
	await program.signal('SIGINT');
	assert.equal(program.status, 3);
	assert.match(program.out, /^nothing was learned: it did not come to its end$/m);
	assert.equal(readFileSync(file, 'utf8'), 'old');
});

test('wrong words are said before anybody is asked', async t => {
	const path = await questions(t);
	const urls = ['--target', 'http://127.0.0.1:1', '--second', 'http://127.0.0.1:2'];

	for (const [args, says] of [
		[[], 'found no --second URL, see --help'],
		[urls, 'found no -o FILE, see --help'],
		[urls.slice(2).concat('-o', join(path, 'x')), 'found no --target URL, see --help'],
		[['--second', 'recorded', '-o', 'x'], '--second: found "recorded": '],
		[[...urls, '-o', '/nowhere/x'], '-o: /nowhere/x: No such file or directory'],
		[[...urls, '-o', 'x', '--confidence', '1'], '--confidence: found "1", wanted a number '],
	]) {
		const { status, err } = await replay(['learn', path, ...args]);

		assert.equal(status, 2);
		assert.ok(err.startsWith(`mlreplay: ${says}`), err);
	}
});
