package dev.zdd.benchmarks;

import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@link BeginEndBenchmark} for Jetty's own {@link GracefulHandler}: one request comes and is
 * answered at once. It counts requests and streams, and refuses them once it has been shut down.
 * The count of streams, which a request of Jetty's ends itself, is left out: in its favour.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class GracefulHandlerBenchmark {
  private final Server server = new Server();
  private final GracefulHandler handler = new GracefulHandler(new Answering());
  private final Request request = new Bare();

  @Setup
  public void start() throws Exception {
    server.setHandler(handler);
    server.start();
  }

  @TearDown
  public void stop() throws Exception {
    server.stop();
  }

  @Benchmark
  public boolean gracefulHandler() throws Exception {
    return handler.handle(request, null, Callback.NOOP);
  }

  private static final class Answering extends Handler.Abstract.NonBlocking {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      callback.succeeded();
      return true;
    }
  }

  /** A request of which nothing is asked but to be wrapped. */
  private static final class Bare extends Request.Wrapper {
    Bare() {
      super(
          (Request)
              Proxy.newProxyInstance(
                  Bare.class.getClassLoader(),
                  new Class<?>[] {Request.class},
                  (proxy, method, arguments) -> {
                    throw new IllegalStateException("asked for " + method);
                  }));
    }

    @Override
    public void addHttpStreamWrapper(Function<HttpStream, HttpStream> wrapper) {}
  }
}
