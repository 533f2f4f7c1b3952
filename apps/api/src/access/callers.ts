import { Inject, Injectable, Logger } from '@nestjs/common';
import { defaultProject, type ProjectName, type Role, Slug } from '@rankforge/contracts';
import { type Database, findSession, findUsableKey, type LiveSession, type SessionHashes } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import type { Caller } from './access.js';
import type { Credential } from './credential.js';
import { Person } from './person.js';

/** The rights that a credential opens, before the project is known. */
interface Holder {
  keyId: string | null;
  name: string;
  role: Role;
  /** Null: an admin of the installation. */
  own: ProjectName | null;
  /** The project that an admin of the installation chose in a session. */
  chosen?: ProjectName | null;
}

/** Finds who a credential belongs to, and in which project they act, as the database and the settings say at this moment. */
@Injectable()
export class Callers {
  private readonly logger = new Logger('access');

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  /**
   * The caller a credential belongs to; undefined when it is unknown, revoked or at its end.
   * @param asked the project an admin of the installation asks to act in; default: the one chosen in the session, or `default`
   * @throws ProblemError when a key of one project asks for another
   */
  async find(credential: Credential, asked?: string): Promise<Caller | undefined> {
    const holder = await (credential.kind === 'key' ? this.ofKey(credential.hash) : this.ofSession(credential));
    if (!holder) return undefined;
    const { keyId, name, role, own, chosen } = holder;
    const project = asked === undefined && own === null && chosen ? chosen : await this.acting(own, asked);
    return { credential, keyId, name, role, installation: own === null, project };
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
    const found = await this.projectNamed(asked);
    if (!found) throw notFound('project', asked);
    return found;
  }

  private async ofKey(hash: string): Promise<Holder | undefined> {
    const key = await findUsableKey(this.database, hash, (err) =>
      this.logger.warn({ err }, 'the use of a key could not be noted'),
    );
    return key && { keyId: key.id, name: key.name, role: key.role, own: key.project };
  }

  private async ofSession(hashes: SessionHashes): Promise<Holder | undefined> {
    const session = await findSession(this.database, hashes);
    if (!session) return undefined;
    const holder = await (session.keyHash === null ? this.ofPerson(session) : this.ofKey(session.keyHash));
    return holder && { ...holder, chosen: session.project };
  }

  /** A person may do what the grants of now give for the value of the claim that let them in. */
  private async ofPerson(session: LiveSession): Promise<Holder | undefined> {
    const { name, grant } = Person.parse(session.person);
    const { role, project } = this.settings.login?.grants[grant] ?? {};
    if (role === undefined || project === undefined) return undefined;
    if (project === null) return { keyId: null, name, role, own: null };
    const own = await this.projectNamed(project);
    return own && { keyId: null, name, role, own };
  }

  private async projectNamed(name: string): Promise<ProjectName | undefined> {
    const found = await this.database.project.findUnique({ where: { name }, select: { id: true, name: true } });
    return found ?? undefined;
  }
}
