package dev.zdd.shutdown;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a signal away from the JVM, whose own answer to SIGTERM is to run its hooks at once, to
 * swallow a second one, and to exit with 143 whatever the hooks found.
 *
 * <p>By method handle, because {@code sun.misc.Signal} is unsupported API: javac warns of it in a
 * way that cannot be silenced, and an image may have been linked without it. The handler is called
 * on a new daemon thread for each signal, and must hand over at once.
 */
final class SignalTrap implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SignalTrap.class);

  private final Runnable restore;

  private SignalTrap(Runnable restore) {
    this.restore = restore;
  }

  /**
   * Sends signal {@code name} ("TERM") to {@code handler} from now on.
   *
   * @throws UnsupportedOperationException if this JVM does not let go of the signal: module
   *     jdk.unsupported is absent, the JVM runs with {@code -Xrs}, or the platform has no such
   *     signal
   */
  static SignalTrap set(String name, Consumer<String> handler) {
    AtomicBoolean armed = new AtomicBoolean();
    Consumer<String> rehearsed =
        signal -> {
          if (armed.get()) {
            handler.accept(signal);
          }
        };
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      MethodHandle accept =
          MethodHandles.lookup()
              .findVirtual(
                  Consumer.class, "accept", MethodType.methodType(void.class, Object.class))
              .bindTo(rehearsed)
              .bindTo("SIG" + name);
      Object ours =
          MethodHandleProxies.asInterfaceInstance(
              handlerType, MethodHandles.dropArguments(accept, 0, signalType));
      Object signal =
          lookup
              .findConstructor(signalType, MethodType.methodType(void.class, String.class))
              .invoke(name);
      // The first call spins the code behind the handle, for some ten milliseconds: now, and not
      // when
      // the balancer must hear of it.
      lookup
          .findVirtual(handlerType, "handle", MethodType.methodType(void.class, signalType))
          .invoke(ours, signal);
      armed.set(true);
      MethodHandle handle =
          lookup.findStatic(
              signalType, "handle", MethodType.methodType(handlerType, signalType, handlerType));
      Object before = handle.invoke(signal, ours);
      return new SignalTrap(() -> restore(handle, signal, before));
    } catch (Throwable t) {
      // Whatever it is (no such class, "Signal already used by VM or OS"), the answer is the same.
      throw new UnsupportedOperationException("SIG" + name + " cannot be taken: " + t, t);
    }
  }

  private static void restore(MethodHandle handle, Object signal, Object before) {
    try {
      handle.invoke(signal, before);
    } catch (Throwable t) {
      log.warn("the former handler of {} could not be put back", signal, t);
    }
  }

  /** Puts the former handler back. */
  @Override
  public void close() {
    restore.run();
  }
}
