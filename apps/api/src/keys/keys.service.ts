import { Inject, Injectable } from '@nestjs/common';
import { defaultProject, KeySecret, type ProjectName, Slug } from '@rankforge/contracts';
import { type Database, findUsableKey } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import type { Caller } from './access.js';

@Injectable()
export class KeysService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * The caller a secret belongs to; undefined when it is unknown, revoked or at its end.
   * @param project the project an admin of the installation asks to act in; default: `default`
   * @throws ProblemError when a key of one project asks for another
   */
  async authenticate(secret: string, project?: string): Promise<Caller | undefined> {
    if (!KeySecret.safeParse(secret).success) return undefined;
    const key = await findUsableKey(this.database, secret);
    if (!key) return undefined;
    const { id: keyId, name, role } = key;
    return { keyId, name, role, installation: key.project === null, project: await this.acting(key.project, project) };
  }

  /**
   * The project a request acts in.
   * @param own of the key; null: an admin of the installation, who may choose
   * @throws ProblemError `not-found`, the same whether the project is another's or there is none
   */
  async acting(own: ProjectName | null, asked: string | undefined): Promise<ProjectName> {
    if (asked === undefined) return own ?? defaultProject;
    if (own) {
      if (own.name === asked) return own;
      throw notFound('project', asked);
    }
    if (!Slug.safeParse(asked).success) throw new ProblemError('not-found', 'There is no project of this name');
    const found = await this.database.project.findUnique({ where: { name: asked }, select: { id: true, name: true } });
    if (!found) throw notFound('project', asked);
    return found;
  }
}
