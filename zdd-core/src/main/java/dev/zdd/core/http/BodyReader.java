package dev.zdd.core.http;

import java.util.concurrent.CompletableFuture;

/**
 * Takes the body of one request and answers it: what {@link Endpoint#bodyReader} says of a request
 * whose body is wanted. An adapter reads up to {@link #maxBytes()} and calls one of the two others,
 * once.
 *
 * <p>Both are called where the body's end was read, on a request thread or on an event loop, and
 * never block: what takes time is done elsewhere, and completes the future. What the answer needs
 * of the request was copied when this was made, for the request may be no longer valid.
 */
public interface BodyReader {
  /** The longest body that is taken, in bytes. It is kept in memory. */
  int maxBytes();

  /** Answers the request with this body. A future that fails is answered 503. */
  CompletableFuture<EndpointResponse> answer(byte[] body);

  /** What a longer body is answered with, of which nothing is kept: 413. */
  EndpointResponse tooLong();
}
