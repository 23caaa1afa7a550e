// The page that mlreplay writes of a run, as Chromium shows it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBrowser } from './browser.mjs';
import { genuineServer } from './genuine.mjs';
import { configOf, folder, listen, photo, replay, startProxy, test } from './rig.mjs';

const capture = fileURLToPath(new URL('../../fixtures/captures/genuine', import.meta.url));

async function open(t, dir, server) {
	const target = await listen(t, server);
	const path = join(folder(t), 'out.html');
	const { status, err } = await replay(['run', dir, '--target', target.url, '--report', path]);
	const browser = await startBrowser(t, []);

	assert.deepEqual([status, err], [1, '']);
	return { path, page: await browser.open(pathToFileURL(path).href) };
}

const texts = (page, selector) =>
	page.run(`[...document.querySelectorAll('${selector}')].map(e => e.textContent)`);

test('the verdict comes first, then pictures with what was read in them', async t => {
	const { path, page } = await open(t, capture, genuineServer('ocr-model-v6'));
	const [, , ocr] = await texts(page, 'body > ul li');

	assert.equal(await page.run('document.body.firstElementChild.textContent'), 'regression');
	assert.match(ocr, /^ocr: re-run OCR/);
	assert.equal(await page.run('document.querySelectorAll("article").length'), 4);
	assert.deepEqual(await texts(page, 'article:nth-of-type(1) text.after').then(all => all.at(-1)),
		'BÄCKEREI MÜLLER');
	assert.match((await texts(page, 'article pre'))[0], /mlreplay' show --part body .* \| curl /);
	// all of it is in the file
	assert.doesNotMatch(readFileSync(path, 'utf8'), /(src|href)="(?!data:)|url\(|@import|<script/);
	assert.equal(await page.run('document.querySelectorAll(".chart").length'), 2);
});

// Whether a box lies where it should is in the pixels as they were sent: the picture is not turned.
test('a picture that its EXIF would turn is shown as it was read', async t => {
	const { page } = await open(t, capture, genuineServer('other-dimension'));
	const sizes = await page.run(`Promise.all([...document.querySelectorAll('svg image')].map(
		async image => {
			const shown = new Image();
			shown.src = image.href.baseVal;
			await shown.decode();
			return [shown.naturalWidth, shown.naturalHeight,
				image.width.baseVal.value, image.height.baseVal.value];
		}))`);

	assert.ok(sizes.some(([width, height]) => width === 640 && height === 427)); // rotated-exif.jpg
	for (const [width, height, toldWidth, toldHeight] of sizes)
		assert.deepEqual([width, height], [toldWidth, toldHeight]);
});

test('nothing that a capture or a server says is run or shown as anything but text', async t => {
	const hostile = '</pre></style><script>document.title="run"</script>' +
		'<img src=x onerror=\'document.title="run"\'><svg onload=\'document.title="run"\'>';
	const server = more => createServer((request, response) => request.resume().on('end', () => {
		const box = [0, 0, 1, 0, 1, 1, 0, 1];
		const ocr = { text: [hostile + more], box, boxScore: [1], textScore: [1] };

		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ ocr, [hostile]: more, imageWidth: 1, imageHeight: 1 }));
	}));
	const backend = await listen(t, server('1'));
	const dir = join(folder(t), 'capture');
	const config = { ...configOf({ ml: backend }), capture: { dir, enabled: true } };
	const proxy = await startProxy(t, config);
	const data = new FormData();

	data.append('entries', JSON.stringify({ [hostile]: { [hostile]: { modelName: hostile } } }));
	data.append('image', new Blob([photo]), hostile);
	await fetch(`${proxy.url}/predict?${encodeURI(hostile)}`, { method: 'POST', body: data });
	await proxy.stop();
	const { page } = await open(t, dir, server('2'));

	assert.equal(await page.run('document.title'), 'mlreplay: regression');
	assert.deepEqual(await texts(page, 'script, img, [onerror], [onload]'), []);
	for (const place of ['h3', 'text.before', 'text.after', 'article td'])
		assert.ok((await texts(page, place)).some(text => text.includes('<script>')), place);
});
