// The atlas over HTTP: what an audience sees of a country, as JSON. The class decides what may leave, in the statement already; the handler only asks for one.

import { createServer, type Server } from 'node:http';
import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { CountryAdmin, CountryPublic } from './models.ts';

/** `/countries/LU` for everybody, `/admin/countries/LU` for those who hold the token. */
export function atlasServer(ctx: Context, { adminToken }: { readonly adminToken: string }): Server {
  return createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    };
    const [, isAdmin, code] = /^(\/admin)?\/countries\/([A-Za-z]{2})$/.exec(request.url ?? '') ?? [];
    if (code === undefined) return send(404, { error: 'not found' });
    if (isAdmin !== undefined && request.headers.authorization !== `Bearer ${adminToken}`) return send(401, { error: 'not allowed' });
    countryOf(ctx, code.toUpperCase(), isAdmin !== undefined).then(
      (country) => (country === null ? send(404, { error: 'not found' }) : send(200, country)),
      () => send(500, { error: 'failed' }),
    );
  });
}

function countryOf(ctx: Context, code: string, isAdmin: boolean): Promise<CountryPublic | CountryAdmin | null> {
  if (isAdmin)
    return query(CountryAdmin)
      .filter((c) => c.code.eq(code))
      .first(ctx);
  return query(CountryPublic)
    .filter((c) => c.code.eq(code))
    .first(ctx);
}
