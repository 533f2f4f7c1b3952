import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';

@Module({ imports: [KeysModule], controllers: [LoginController], providers: [LoginService] })
export class LoginModule {}
