import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';

@Module({ imports: [AccessModule], controllers: [LoginController], providers: [LoginService] })
export class LoginModule {}
