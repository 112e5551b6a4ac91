export const script = (program: string): string => program;
