// certificate: certificates for https servers, made for the test by openssl.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { folder } from './rig.mjs';

// It is self-signed, so that it is also the file of whom to trust.
export function makeCertificate(t, { of = 'IP:127.0.0.1', from = -1, to = 1 } = {}) {
	const path = folder(t);
	const at = name => join(path, name);
	const day = days => `${new Date(Date.now() + days * 86_400_000).toISOString()
		.replace(/\D/g, '').slice(0, 14)}Z`;
	const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });

	writeFileSync(at('index'), '');
	writeFileSync(at('config'), `[ca]\ndefault_ca = own\n[own]\ndatabase = ${at('index')}
new_certs_dir = ${path}\nrand_serial = yes\ndefault_md = sha256\npolicy = any
x509_extensions = names\n[any]\ncommonName = supplied\n[names]\nsubjectAltName = ${of}\n`);
	openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
		'-subj', '/CN=backend', '-keyout', at('key'), '-out', at('request'));
	openssl('ca', '-batch', '-selfsign', '-notext', '-config', at('config'), '-keyfile', at('key'),
		'-startdate', day(from), '-enddate', day(to), '-in', at('request'), '-out', at('cert'));
	return { file: at('cert'), key: readFileSync(at('key')), cert: readFileSync(at('cert')) };
}
