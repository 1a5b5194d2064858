/**
 * zdd for HTTP/1.1 and HTTP/2 servers on Netty 4.2. Read {@link dev.zdd.netty.NettyDrain} first;
 * {@link dev.zdd.netty.EndpointHandler} serves zdd's own pages.
 */
@NullMarked
package dev.zdd.netty;

import org.jspecify.annotations.NullMarked;
