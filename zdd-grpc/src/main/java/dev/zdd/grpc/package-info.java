/** zdd in a gRPC server. */
@NullMarked
package dev.zdd.grpc;

import org.jspecify.annotations.NullMarked;
