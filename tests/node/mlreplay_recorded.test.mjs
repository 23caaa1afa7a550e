// What mlproxy has recorded of real traffic, as mlreplay sees it.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import {
	configOf, folder, form, photo, post, replay, startMock, startProxy, tasks, test,
} from './rig.mjs';

// Asks for each of the tasks once, twice over, and returns the capture's folder.
async function record(t, name) {
	const mock = await startMock(t, name);
	const dir = join(folder(t), 'capture');
	const proxy = await startProxy(t, configOf({ [name]: mock }, { capture: { dir, enabled: true } }));

	for (const entries of [tasks.visual, tasks.faces, tasks.ocr, tasks.visual])
		assert.equal((await post(proxy, form(entries, photo))).status, 200);
	assert.equal((await post(proxy, form(tasks.textual, 'a dog'))).status, 200);
	await proxy.stop();
	proxy.wasMeantToEnd = true;
	return dir;
}

test('what two proxies have recorded of the same questions is the same', async t => {
	const [one, two] = await Promise.all(['one', 'two'].map(name => record(t, name)));
	const diff = await replay(['diff', one, two]);

	assert.equal(diff.status, 0, diff.out + diff.err);
	assert.match(diff.out, /^5 requests, 5 compared\nverdict: same$/m);
	const { status, out } = await replay(['inspect', one]);
	assert.equal(status, 0);
	assert.match(out, /^5 requests of clients, 5 to backends, /m);
	assert.match(out, /^4 different questions, 1 asked again$/m);
	assert.match(out, /^client {2}clip\.visual +ViT-B-32__openai +< 64 KiB +200 +2 /m);
	assert.match(out, /^one {5}ocr +PP-OCRv5_mobile +< 64 KiB +200 +1 /m);
});
