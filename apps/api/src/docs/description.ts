import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** The OpenAPI document, made once after the routes are known. */
@Injectable()
export class ApiDescription {
  private made: OpenAPIObject | undefined;

  set document(document: OpenAPIObject) {
    this.made = document;
  }

  get document(): OpenAPIObject {
    if (!this.made) throw new Error('the API is not described yet');
    return this.made;
  }
}
