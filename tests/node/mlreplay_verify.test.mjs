// verify: is a capture as it was written? And what is left of one that is not.

import assert from 'node:assert/strict';
import {
	mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { capture, sha256 } from './capture.mjs';
import { folder, photo, replay, tasks, test } from './rig.mjs';

const playwright =
	new URL('../../fixtures/imports/playwright-attach.har.zip', import.meta.url).pathname;

const answer = JSON.stringify({ clip: '[0.6,0.8]' });
const FLIPS = 40;

function three(t) {
	return capture(t, [
		{ entries: tasks.visual, payload: photo, answer },
		{ entries: tasks.faces, payload: photo, status: 500, answer: 'no', type: 'text/plain' },
		{ entries: tasks.textual, payload: 'a dog', answer },
	]);
}

test('a capture that is whole ends with 0', async t => {
	const path = await three(t);
	const { status, out, err } = await replay(['verify', path]);

	assert.deepEqual({ status, err }, { status: 0, err: '' });
	assert.match(out, /^3 entries in 1 files, 1 blobs, 0\.0 MiB\nall is as it was written\n$/);
});

test('any bit that has flipped is found, and where', async t => {
	const path = await three(t);
	const files = [join(path, 'capture.har'),
		join(path, 'blobs', sha256(photo).slice(0, 2), sha256(photo))];

	for (const file of files) {
		const bytes = readFileSync(file);

		for (let i = 0; i < FLIPS; i++) {
			const at = Math.floor(i * (bytes.length - 1) / (FLIPS - 1));
			const flipped = Buffer.from(bytes);

			flipped[at] ^= 1 << i % 8;
			writeFileSync(file, flipped);
			const { status, out, err } = await replay(['verify', path]);
			assert.equal(status, 4, `bit ${i % 8} of byte ${at} of ${file}`);
			assert.match(out, /^\d+ problems: the capture is corrupt$/m);
			assert.ok(err.startsWith(`mlreplay: ${path}/`), err);
			assert.doesNotMatch(err, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
		}
		writeFileSync(file, bytes);
	}
	assert.equal((await replay(['verify', path])).status, 0);
});

test('a blob that nobody names is told, and does no harm', async t => {
	const path = await three(t);

	mkdirSync(join(path, 'blobs', sha256('x').slice(0, 2)), { recursive: true });
	writeFileSync(join(path, 'blobs', sha256('x').slice(0, 2), sha256('x')), 'x');
	const { status, out } = await replay(['verify', path]);
	assert.equal(status, 0);
	assert.match(out, /^1 blobs, 0\.0 MiB, that no entry names, which does no harm$/m);
});

test('--repair keeps what is complete, wherever the file was cut', async t => {
	for (const share of [0.4, 0.7, 0.95, 0.999]) {
		const path = await three(t);
		const file = join(path, 'capture.har');
		const text = readFileSync(file, 'utf8');
		const length = Math.floor(text.length * share);
		const complete = text.slice(0, length).split('\n').slice(1, -1).length;

		truncateSync(file, length);
		assert.equal((await replay(['verify', path])).status, 4);
		const { status, out, err } = await replay(['verify', '--repair', path]);
		assert.equal(status, 0, err);
		assert.match(out, new RegExp(`^capture\\.har: ${complete} entries are kept`, 'm'));
		assert.match(out, new RegExp(`^${complete} entries in 1 files, .*\nall is as it was written$`,
			'm'));
		const rest = readdirSync(path).filter(name => name.endsWith('.rest'));
		assert.equal(rest.length, text.at(length - 1) === '\n' ? 0 : 1);
		assert.equal((await replay(['verify', path])).status, 0);
	}
});

test('--repair sets aside the entries whose photo is missing', async t => {
	const path = await three(t);

	rmSync(join(path, 'blobs', sha256(photo).slice(0, 2), sha256(photo)));
	assert.equal((await replay(['verify', path])).status, 4);
	const { status, out, err } = await replay(['verify', '--repair', path]);

	assert.deepEqual({ status, err }, { status: 0, err: '' });
	assert.match(out, /^capture\.har: 1 entries are kept; \d+ bytes of none are in /);
	assert.match(out, /^1 entries in 1 files, 0 blobs, .*\nall is as it was written$/m);
	const rest = readFileSync(join(path, 'capture.har.rest'), 'utf8');
	assert.equal(rest.match(/"startedDateTime"/g).length, 2);
});

test('of many faults the first hundred of each file are told, and all are counted', async t => {
	const question = { entries: tasks.textual, payload: 'a dog', answer };
	const path = await capture(t, Array.from({ length: 250 }, () => question));
	const file = join(path, 'capture.har');
	const lines = readFileSync(file, 'utf8').replaceAll('"wait":10', '"wait":11');

	writeFileSync(file, lines);
	writeFileSync(join(path, 'capture-1.har'), lines);
	const few = lines.split('\n').slice(0, 101); // of which the end is missing, too
	writeFileSync(join(path, 'capture-2.har'), `${few.join('\n')}\n`);
	const { status, out, err } = await replay(['verify', path]);
	const told = name => err.split(`/${name}.har:`).length - 1;

	assert.equal(status, 4);
	assert.match(err, /^mlreplay: .*\/capture-1\.har: and 150 more problems$/m);
	assert.match(err, /^mlreplay: .*\/capture-2\.har: and 1 more problems$/m);
	assert.match(err, /^mlreplay: .*\/capture\.har: and 150 more problems$/m);
	assert.deepEqual([told('capture'), told('capture-1'), told('capture-2')], [101, 101, 101]);
	assert.match(out, /^601 problems: the capture is corrupt$/m);
});

test('a file that is no HAR is told of once', async t => {
	const path = join(folder(t), 'photo.jpg');

	writeFileSync(path, photo);
	const { status, err } = await replay(['verify', path]);

	assert.equal(status, 4);
	assert.match(err, /^mlreplay: [^\n]*photo\.jpg:1: byte 0: [^\n]+\n$/);
});

test('what is no capture is wrong usage', async () => {
	const { status, out, err } = await replay(['verify', '/nonexistent']);

	assert.deepEqual({ status, out }, { status: 2, out: '' });
	assert.match(err, /^mlreplay: \/nonexistent: No such file or directory$/m);
});

test('verify counts what cannot be replayed, which is no fault', async () => {
	const { status, out } = await replay(['verify', playwright]);

	assert.equal(status, 0);
	assert.match(out, /^3 cannot be replayed: .*\nall is as it was written$/m);
});
