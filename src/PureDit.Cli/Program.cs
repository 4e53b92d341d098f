return PureDit.Cli.ProcessHost.Run(args);
