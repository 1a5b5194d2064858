package dev.zdd.health;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The threads of checks. Each run has one of its own: a virtual one where the JDK has them (21 on),
 * else a daemon. A virtual thread costs nothing while it waits, and an interrupt frees it even from
 * a socket that never answers. Each run has a new one, so nothing that a check leaves behind (an
 * interrupt flag, a thread-local) meets the next.
 */
final class CheckThreads {
  // Thread.ofVirtual().name(String).unstarted(Runnable), looked up because this is compiled for 17.
  private static final @Nullable MethodHandle VIRTUAL = findVirtual();

  private CheckThreads() {}

  static Thread unstarted(String name, Runnable run) {
    if (VIRTUAL != null) {
      try {
        return (Thread) VIRTUAL.invoke(name, run);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable t) {
        throw new IllegalStateException("cannot make a virtual thread", t);
      }
    }
    Thread thread = new Thread(run, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Where {@code thread} is, a line for each frame: for the log. */
  static String stackOf(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "    " + frame)
        .collect(Collectors.joining("\n"));
  }

  private static @Nullable MethodHandle findVirtual() {
    try {
      Class<?> any = Class.forName("java.lang.Thread$Builder");
      Class<?> virtual = Class.forName("java.lang.Thread$Builder$OfVirtual");
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      MethodHandle make = lookup.findStatic(Thread.class, "ofVirtual", methodType(virtual));
      MethodHandle name = lookup.findVirtual(virtual, "name", methodType(virtual, String.class));
      MethodHandle unstarted =
          lookup.findVirtual(any, "unstarted", methodType(Thread.class, Runnable.class));
      MethodHandle named = MethodHandles.foldArguments(name, make);
      return MethodHandles.collectArguments(
          unstarted.asType(unstarted.type().changeParameterType(0, virtual)), 0, named);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  private static MethodType methodType(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }
}
