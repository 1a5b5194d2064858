/**
 * zdd in a grpc-java server. {@link dev.zdd.grpc.InFlightInterceptor} counts calls, {@link
 * dev.zdd.grpc.GrpcDrain} drains the server.
 */
@NullMarked
package dev.zdd.grpc;

import org.jspecify.annotations.NullMarked;
