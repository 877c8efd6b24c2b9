/** Whether two addresses of a Redis, as documents show them, are the same; localhost has several names. */
export const sameAddress = (a: string, b: string): boolean => plainLocal(a) === plainLocal(b);

const plainLocal = (address: string): string => address.replace(/\/\/(localhost|\[::1\])(?=[:/])/, "//127.0.0.1");
