// What mlreplay makes of a capture of which files are removed while it is read, as mlproxy does it
// to keep maxBytes: the file first, and then the blobs that no other one names.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { capture, sha256 } from './capture.mjs';
import { answer, folder, replay, sendAnswer, startHttp, tasks, test } from './rig.mjs';

const photoOf = i => Buffer.alloc(3000, i);

// Four exchanges, the first two of them in an older file.
async function rotated(t) {
	const path = await capture(t, [1, 2, 3, 4].map(i =>
		({ entries: tasks.visual, payload: photoOf(i), answer })));
	const lines = readFileSync(join(path, 'capture.har'), 'utf8').split('\n');
	const write = (name, [first, ...more]) => writeFileSync(join(path, name),
		[lines[0], first.replace(/^,/, ''), ...more, ']}}', ''].join('\n'));

	write('capture-1.har', lines.slice(1, 3));
	write('capture.har', lines.slice(3, 5));
	return path;
}

// A server at whose first request something happens.
async function startAt(t, happens) {
	let isFirst = true;

	return startHttp(t, (request, response) => {
		if (request.method === 'POST' && isFirst) {
			isFirst = false;
			happens();
		}
		sendAnswer(request, response);
	});
}

function removeBlob(path, i) {
	const hash = sha256(photoOf(i));

	rmSync(join(path, 'blobs', hash.slice(0, 2), hash));
}

async function run(t, path, happens) {
	const server = await startAt(t, happens);
	const json = join(folder(t), 'report.json');
	const program = await replay(
		['run', path, '--target', server.url, '--concurrency', '1', '--json', json]);

	return { ...program, report: JSON.parse(readFileSync(json, 'utf8')) };
}

test('what is removed while it is sent is skipped, and said', async t => {
	const path = await rotated(t);
	const { status, err, report } = await run(t, path, () => {
		rmSync(join(path, 'capture-1.har'));
		removeBlob(path, 1);
		removeBlob(path, 2);
	});

	assert.match(err, /^mlreplay: 2 entries were removed meanwhile, .*\n$/);
	assert.equal(status, 0);
	assert.equal(report.verdict, 'same');
	assert.deepEqual([report.requests, report.compared, report.skipped], [4, 3, 1]);
	assert.equal(report.exchanges.find(({ seq }) => seq === 2).error,
		'it was removed from the capture meanwhile');
});

test('a blob that is missing of a file that is there is corrupt', async t => {
	const path = await rotated(t);
	const { status, err } = await run(t, path, () => removeBlob(path, 2));

	assert.equal(status, 4);
	assert.match(err, /capture-1\.har:3: byte \d+: .*missing/);
});
