/**
 * The methods that HTTP has (RFC 9110 §9.3, RFC 5789): a connection that begins with one of them and a space speaks it.
 * Who lets HTTP alone through and who takes what is none have to agree on that; which of them are served is another
 * question.
 */
export const httpMethods: readonly string[] = Object.freeze([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
]);
