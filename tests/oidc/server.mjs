// A province's single sign-on: node server.mjs PORT CERTIFICATE KEY. A certified OpenID provider over TLS with a client for each
// case; each gets its token by client credentials. Prints "ready" when it listens on 127.0.0.1, and ends with its standard input.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import { generateKeyPair, exportJWK } from 'jose';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const [cert, key] = process.argv.slice(3, 5).map((file) => readFileSync(file));

// What the directory knows of each: the unit that it belongs to, and its groups.
const people = {
  clerk: { unit: 'Sở Tài chính', groups: ['nhan-vien', 'ykien-gop-y'] },
  chief: { unit: 'Văn phòng', groups: ['ykien-quan-tri'] },
  'no-unit': { groups: ['ykien-gop-y'] },
  'other-unit': { unit: 'Công ty ABC', groups: ['ykien-gop-y'] },
  'no-role': { unit: 'Sở Tài chính', groups: ['nhan-vien'] },
  'two-roles': { unit: 'Sở Tài chính', groups: ['ykien-gop-y', 'ykien-quan-tri'] },
};

const keys = [];
for (const [kid, alg] of [['r', 'RS256'], ['e', 'ES256'], ['p', 'PS256']]) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  keys.push({ ...(await exportJWK(privateKey)), kid, alg, use: 'sig' });
}

// The resource's name says how its tokens are made: urn:ykien:RS256, or of another audience, or not as JWT.
function server(_ctx, resource) {
  const [, name, alg] = resource.split(':');
  if (alg === 'opaque') return { scope: '', audience: name, accessTokenTTL: 300, accessTokenFormat: 'opaque' };
  return {
    scope: '', audience: name, accessTokenTTL: alg === 'PS256' ? 86400 : 300, accessTokenFormat: 'jwt', jwt: { sign: { alg } },
  };
}

const provider = new Provider(`https://127.0.0.1:${port}`, {
  jwks: { keys },
  clients: Object.keys(people).map((client_id) => ({
    client_id,
    client_secret: `secret-of-${client_id}`,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: true, getResourceServerInfo: server },
  },
  extraTokenClaims: (_ctx, token) => people[token.clientId],
});

createServer({ cert, key }, provider.callback()).listen(port, '127.0.0.1', () => console.log('ready'));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
