/** @file Chat templates that a sweep may name, where its base model brings none or another is wanted. */
import type { ChatTemplateName } from '@rankforge/contracts';

interface NamedTemplate {
  text: string;
  /** Control tokens that a tokenizer has to have for it. */
  needs: readonly string[];
}

export const namedTemplates: Readonly<Record<ChatTemplateName, NamedTemplate>> = {
  chatml: {
    text: `{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' %}
{%- generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}
{{- '\\n' }}
{%- else %}
{{- message.content + '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}
`,
    needs: ['<|im_start|>', '<|im_end|>'],
  },
  lines: {
    text: `{%- for message in messages %}
{%- if message.role == 'assistant' %}
{{- 'Assistant:' }}
{%- generation %}{{ ' ' + message.content + (eos_token or '') }}{% endgeneration %}
{{- '\\n\\n' }}
{%- else %}
{{- (message.role | capitalize) + ': ' + message.content + '\\n\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- 'Assistant:' }}
{%- endif %}
`,
    needs: [],
  },
};
