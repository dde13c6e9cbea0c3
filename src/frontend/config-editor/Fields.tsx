import type { ReactNode } from 'react';

export interface FieldsProps {
  readonly isReadOnly: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Controls that cannot be used while the data source is provisioned, whatever they are made of. */
export function Fields({ isReadOnly, className, children }: FieldsProps) {
  return (
    <fieldset role="presentation" disabled={isReadOnly} className={className}>
      {children}
    </fieldset>
  );
}
