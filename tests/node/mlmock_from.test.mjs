// mlmock with a capture: what it answers was recorded.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { capture } from './capture.mjs';
import {
	answer, fixture, folder, form, mock, photo, post, received, replay, startMock, tasks, test,
} from './rig.mjs';

const { visual, textual } = tasks;
const recorded = name => fileURLToPath(new URL(`../../fixtures/captures/${name}`, import.meta.url));

function startFrom(t, path, ...args) {
	return startMock(t, 'from', { args: ['--from', path, ...args] });
}

test('a capture is replayed onto itself', async t => {
	for (const name of ['genuine', 'genuine-split', 'clip', 'facial-recognition', 'ocr']) {
		const path = recorded(name);
		const { url } = await startFrom(t, path);
		const { status, out } = await replay(
			['run', path, '--target', url, '--tolerance', 'exact', '--concurrency', '3']);

		assert.equal(status, 0, out);
		assert.match(out, /^verdict: same$/m);
	}
});

test('answers are as recorded, in turn, and 404 what is not there', async t => {
	const asked = { entries: textual, payload: 'a dog' };
	const path = await capture(t, [
		{ ...asked, answer: '{"clip":"[0.5]"}' },
		{ ...asked, status: 503, answer: 'busy', type: 'text/plain;x="y"' },
		{ entries: visual, payload: photo, answer },
	]);
	const from = await startFrom(t, path);
	const ask = () => post(from, form(textual, 'a dog'));
	const busy = { status: 503, type: 'text/plain;x="y"', body: 'busy' };
	const absent = {
		status: 404,
		type: 'application/json',
		body: '{"detail":"This question is not in the capture"}',
	};

	assert.deepEqual(await ask(), { status: 200, type: 'application/json', body: '{"clip":"[0.5]"}' });
	assert.deepEqual(await ask(), busy);
	assert.deepEqual(await ask(), busy);
	assert.deepEqual(await post(from, form(visual, photo)),
		{ status: 200, type: 'application/json', body: answer });
	assert.deepEqual(await post(from, form(visual, fixture('pictures/receipt.jpg'))), absent);
	assert.deepEqual(await post(from, 'no form'), absent);
	assert.deepEqual((await received(from)).map(({ status }) => status),
		[200, 503, 503, 200, 404, 404]);
});

test('where no answer came, none comes', async t => {
	const faults = ['refused', 'reset', 'truncated', 'invalid', 'stalled', 'left'];
	const path = await capture(t, faults.map(fault => ({
		entries: textual, payload: fault, status: 0, own: { _fault: fault, _faultAt: 0 },
	})));
	const from = await startFrom(t, path);

	for (const fault of faults.slice(0, 4))
		await assert.rejects(post(from, form(textual, fault)), { message: 'fetch failed' }, fault);
	for (const fault of faults.slice(4)) {
		await received(from);
		const leaving = new AbortController();
		const asked = post(from, form(textual, fault), { signal: leaving.signal });

		while ((await received(from)).length === 0)
			await new Promise(setImmediate);
		leaving.abort();
		await assert.rejects(asked, { name: 'AbortError' }, fault);
	}
});

test('backends are imitated, too', async t => {
	const path = recorded('genuine-split');
	const from = await startFrom(t, path, '--from-side', 'backend');
	const { status, out } = await replay(['run', path, '--side', 'backend', '--target', from.url]);

	assert.equal(status, 0, out);
	assert.equal((await received(from)).length, 2);
	assert.equal((await replay(['run', path, '--target', from.url])).status, 1);
});

test('what is no capture is refused', async t => {
	const missing = join(folder(t), 'missing');
	const { status, err } = await mock(['--listen', '127.0.0.1:0', '--from', missing]);

	assert.equal(status, 1);
	assert.match(err, /^mlmock: \/.*\/missing: /);
});
