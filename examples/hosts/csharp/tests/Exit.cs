// A program that ends with an open journal: Exit.exe HOW PATH.
using System;
using System.IO;
using System.Threading;

static class Exit
{
    static Journal held;

    static void Main(string[] arguments)
    {
        held = new Journal(arguments[1]);
        switch (arguments[0])
        {
            case "return":
                held.Append("one");
                break;
            case "exit":
                held.Append("one");
                Environment.Exit(0);
                break;
            case "throw":
                held.Append("one");
                throw new Exception("uncaught");
            case "call":
                held.Append(new string('x', 99999));
                new Thread(held.Flush) { IsBackground = true }.Start();
                Console.ReadLine(); // the call is going on
                break;
        }
    }
}
